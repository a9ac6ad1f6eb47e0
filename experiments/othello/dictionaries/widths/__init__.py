"""Widths and kinds of dictionary at one depth, compared where as many latents are active."""
