"""What is measured of a sparse dictionary, one definition each."""
