"""Run folders: settings, stages and provenance."""
