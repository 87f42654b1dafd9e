"""The ways in: web, worker and command line."""
