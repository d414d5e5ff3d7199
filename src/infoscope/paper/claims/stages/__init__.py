"""Stages of a seed: those of an analysis, and those that only the claims need."""
