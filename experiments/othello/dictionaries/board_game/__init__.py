"""What of the board and of the rules single latents say, and what they say together (Karvonen et al. 2024)."""
