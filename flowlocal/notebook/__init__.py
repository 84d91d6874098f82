"""The magics ``%insights`` and ``%%insights`` of notebooks, loaded by ``%load_ext flowlocal``. Needs IPython."""
