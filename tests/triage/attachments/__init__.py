"""Files that reporters sent, on the office side."""
