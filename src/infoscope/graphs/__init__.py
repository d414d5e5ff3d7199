"""Directed graphs: degrees, rankings, and how far a ranking is beyond chance."""
