"""Statistics of one seed that decide the claims."""
