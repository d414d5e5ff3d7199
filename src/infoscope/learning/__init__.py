"""Information planes and indicators over training, and what their curves say."""
