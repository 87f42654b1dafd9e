"""The words of the plan reader, kept as data: time, deeds, people and turns of phrase."""
