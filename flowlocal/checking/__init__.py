"""Checks of queries without running them: where queries are found, what is found in them, and how that is told.

A check is a decorated function in a module of ``checks``; a kind of file that holds queries is a module of ``hosts``;
a form of report is a module of ``reports``. All three are found by their presence.
"""
