"""Compiled kernels: arrays in, arrays out, no checks, no imports of ours."""
