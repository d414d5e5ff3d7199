"""The stages of an analysis, one file per kind, in the order of `pipeline`."""
