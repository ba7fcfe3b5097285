"""A street and its vehicles, drawn: for the demo, for tests and benches, where the truth is known."""
