"""Trackers: detections over time to tracks."""
