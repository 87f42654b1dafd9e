"""What must hold in the whole database, as data: each proof one statement that finds what does not (R46)."""
