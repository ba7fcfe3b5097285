"""Vehicle finders: pictures to the vehicles in them and their types."""
