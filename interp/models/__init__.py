"""Models: load one, and name the places in it."""
