"""Attention edges that are kept, listed block by block and head by head; all others go."""
