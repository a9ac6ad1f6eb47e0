"""Function tokens: which tokens wake which latents of a dictionary, held against what being frequent does alone."""
