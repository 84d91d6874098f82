"""Checks of queries without running them: the files that contain queries, the checks, and the reports of findings.

A check is a decorated function in a module of ``checks``; a kind of file with queries is a module of ``hosts``; a
report format is a module of ``reports``. All three are found by their presence.
"""
