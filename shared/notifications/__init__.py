"""Notices, messages to superiors and deliveries through gateways."""
