"""The verifier: a second look at what the detector is not sure of."""
