"""Our networks, as data."""
