"""Estimates of one seed, part by part."""
