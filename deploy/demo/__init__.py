"""A throw-away authority with its server and console, behind make run."""
