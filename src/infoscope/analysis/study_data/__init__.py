"""Data of a study: what is trained on, and which rows are analysed."""
