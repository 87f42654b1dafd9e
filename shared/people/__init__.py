"""People, their seats and memberships, roles, rights and log-ins."""
