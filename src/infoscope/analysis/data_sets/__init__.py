"""Data sets: where they come from, their defaults, their words and their criteria."""
