"""The claims of the paper, tested on networks of many seeds."""
