"""Tables, queries and migrations of the intake databases."""
