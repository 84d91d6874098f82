"""Filter patterns: a table of cases, and an oracle."""
