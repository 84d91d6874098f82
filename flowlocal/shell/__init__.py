"""``flowlocal shell``: logs that stay open, and a prompt to put queries to them.

``pieces``, ``suggesting`` and ``continuing`` know the language as one types it, and nothing of terminals; ``session``
answers; ``prompting`` is the prompt itself and, with ``history``, all that needs the extra ``shell``; ``piped`` stands
in for it where nobody sits.
"""
