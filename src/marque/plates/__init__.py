"""Plate texts: formats of the world, normalization, similarity, drawing."""
