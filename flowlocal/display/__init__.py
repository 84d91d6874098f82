"""Results as tables in text and HTML, and as pictures. None of it needs a notebook."""
