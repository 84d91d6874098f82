"""What people see on a terminal: messages with exit codes, notes, progress, and where results are written."""
