"""The suite: rules as values, everything else on a real PostgreSQL and a real Valkey."""
