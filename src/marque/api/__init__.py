"""HTTP: events, pictures, live stream, health, metrics."""
