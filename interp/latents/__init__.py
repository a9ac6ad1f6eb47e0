"""Pages of latents: where each is active, in context, how often, and what else is known of it."""
