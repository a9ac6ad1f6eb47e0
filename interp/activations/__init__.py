"""Activations: capture them, watch them, edit them."""
