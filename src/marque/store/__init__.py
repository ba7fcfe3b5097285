"""The durable log in SQL, and pictures as blobs."""
