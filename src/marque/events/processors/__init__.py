"""Event to event, or Drop with a reason."""
