"""Sparse dictionaries: train, load, evaluate and compare them."""
