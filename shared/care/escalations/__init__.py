"""What follows from a missed promise: who has to answer, until when, and who hears of it when nobody does."""
