"""Run folders: settings, stages, and where the numbers came from."""
