"""Entropy, information and complexity of samples, and the reliability of estimates."""
