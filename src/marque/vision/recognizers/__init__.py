"""Recognisers: plate crops to readings."""
