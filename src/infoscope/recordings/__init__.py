"""Activations with roles, times and trials: in memory, on disk, and aligned to each other."""
