"""What several rooms of the suite use."""
