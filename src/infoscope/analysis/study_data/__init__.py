"""Data of a study: training data and analysed rows."""
