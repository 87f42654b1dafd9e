"""Children, their contacts, and the rosters they come from."""
