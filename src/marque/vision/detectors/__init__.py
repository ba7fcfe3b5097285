"""Detectors: pictures to plate boxes and corners."""
