"""Charts of results: a model first, then one module for each place where it is drawn.

``chart_of`` in ``making`` turns a result into a ``Chart`` or says why it cannot. ``terminal`` draws it as text,
``picture`` as PNG, SVG or HTML, for which the extra ``charts`` must be installed. ``histogram`` counts events over
time. Importing this package loads none of them.
"""
