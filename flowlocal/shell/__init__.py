"""``flowlocal shell``: open logs and a prompt for queries over them.

``pieces``, ``suggesting`` and ``continuing`` analyse unfinished queries and do not depend on a terminal; ``session``
runs queries; ``prompting`` is the prompt itself and, with ``history``, the only module that needs the extra ``shell``;
``piped`` replaces it if standard input is not a terminal.
"""
