"""What Hehu knows and decides; no Flask, no Dramatiq, no Redis in here."""
