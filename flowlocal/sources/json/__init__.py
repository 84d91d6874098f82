"""Read JSON streams and extract their events."""
