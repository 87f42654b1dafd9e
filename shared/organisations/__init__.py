"""Organisations, areas, supervision lines, terms and units."""
