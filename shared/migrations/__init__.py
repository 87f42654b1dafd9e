"""The way the database came to its shape: Alembic, without Flask."""
