"""Pictures in, plate reads out."""
