"""Plans, the promises in them, the occurrences they lead to, and the records that keep them."""
