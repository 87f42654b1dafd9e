"""What every request passes on its way in and out: tenant, log-in, rights, forms, errors, headers."""
