"""Recordings of activations with roles, times and trials: in memory, on disk, aligned."""
