"""Commands, one module each: its syntax, and what it does to a frame, side by side."""
