"""The encrypted local store and its search."""
