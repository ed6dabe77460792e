"""What stands in the vector files, one module a group of formats."""
