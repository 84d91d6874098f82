"""Read batches of lines and events in parallel, and filter them."""
