"""Running, building and measuring sealed-intake."""
