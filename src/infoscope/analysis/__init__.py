"""The analysis of a trained network: settings, stages, results, tables."""
