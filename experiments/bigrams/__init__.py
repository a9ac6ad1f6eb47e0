"""Bigram subnetworks: the sparse set of weights that maps the current token to the next."""
