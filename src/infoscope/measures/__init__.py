"""Entropy, information and complexity of samples, and whether an estimate can be believed."""
