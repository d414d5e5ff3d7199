"""The information plane from held-out rows."""
