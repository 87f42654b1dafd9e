"""Incidents and the timed duties to tell people of them."""
