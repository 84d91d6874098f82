"""Output for people: messages with exit codes, notes, progress, and the delivery of results."""
