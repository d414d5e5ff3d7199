"""Commands: a plan, a run in its folder, and what it writes."""
