"""Influence of nodes on one another within one step, from recordings."""
