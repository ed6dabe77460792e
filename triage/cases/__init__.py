"""Case states, priorities and deadlines."""
