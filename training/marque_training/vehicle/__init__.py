"""Vehicles: where they are, of which type and colour."""
