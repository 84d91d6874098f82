"""flowlocal in notebooks: results as HTML tables, charts, and the magics ``%insights`` and ``%%insights``.

``html`` and ``text`` show results, ``picture`` shows charts; these need no notebook. ``magic`` needs IPython, and is
loaded by ``%load_ext flowlocal``.
"""
