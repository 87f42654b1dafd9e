"""Figures per organisation and their sums for the county."""
