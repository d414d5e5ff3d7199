"""The paper: its claims and what networks of many seeds say of each."""
