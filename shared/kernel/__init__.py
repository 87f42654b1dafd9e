"""What every room stands on: time, tenants, events, timers, secrets."""
