"""Daily tables as services write them, read without editing."""
