"""The stages of an analysis, one file a kind; `pipeline` runs them in this order."""
