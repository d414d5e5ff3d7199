"""Importers: one file per format behind one protocol; `catalogue` lists them."""
