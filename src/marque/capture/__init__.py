"""Cameras: frames to tracks to events."""
