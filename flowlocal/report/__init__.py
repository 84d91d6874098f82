"""The questions that one asks of every flow log, answered in one go.

A question is a query file with a title, a sentence and notes for the report in its comments (``flowlocal.questions``);
the shipped ones are in ``queries/``. ``build`` answers them, ``text``, ``markdown`` and ``page`` write the answers.
"""
