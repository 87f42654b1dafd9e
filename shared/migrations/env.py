"""Alembic's way in; the connection comes from run.py."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=context.config.attributes.get("metadata"), compare_type=True)
context.run_migrations()
