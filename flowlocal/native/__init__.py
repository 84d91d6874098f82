"""The reader of flow log lines in C: bytes and a layout in, Arrow columns out."""
