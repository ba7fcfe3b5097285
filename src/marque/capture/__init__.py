"""Frames to plate events: sources, one pipeline per camera, one pool over all of them."""
