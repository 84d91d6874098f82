"""Format queries: what ``flowlocal fmt`` and the language server do."""
