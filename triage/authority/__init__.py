"""Ceremonies of the offline machine: root and directory key, desks, officers, epochs."""
