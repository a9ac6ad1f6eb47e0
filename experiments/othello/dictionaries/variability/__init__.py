"""What of a dictionary comes again with another seed, and what does not."""
