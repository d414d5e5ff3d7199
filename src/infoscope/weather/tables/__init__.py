"""Readers of daily tables in the formats of weather services."""
