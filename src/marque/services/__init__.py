"""What Marque does for whoever asks, with the asker's rights: one layer under the API and the dashboard."""
