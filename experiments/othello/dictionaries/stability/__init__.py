"""Which latents tell that a disc is stable, and what is left of it without the number of the move."""
