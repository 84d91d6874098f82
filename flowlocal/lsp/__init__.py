"""The language server: findings, completion, help and formatting of queries in editors.

``features`` answers over texts; ``server`` connects it with the protocol, and alone needs the extra ``lsp``.
"""
