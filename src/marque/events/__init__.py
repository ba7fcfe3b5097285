"""The event log and its deliveries."""
