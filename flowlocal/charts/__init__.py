"""Charts of results: one model, and one module for each way to draw it.

``chart_of`` in ``making`` turns a result into a ``Chart``, or raises an error that says why it cannot. ``terminal``
draws a chart as text, ``picture`` as PNG, SVG or HTML, which needs the extra ``charts``. ``histogram`` counts events
over time. Importing this package imports none of them.
"""
