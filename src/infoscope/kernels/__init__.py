"""Compiled kernels: arrays in, arrays out, no validation, no imports from other rooms."""
