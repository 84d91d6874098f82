"""Flow log fields, layouts and line formats, and how lines become columns."""
