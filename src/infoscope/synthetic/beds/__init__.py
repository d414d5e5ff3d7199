"""Test beds for measures of connectivity: networks of known connections, as they are recorded."""
