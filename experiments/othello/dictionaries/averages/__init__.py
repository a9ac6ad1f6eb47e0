"""What the board looks like on average where a latent is strongest, beside other positions of the same plies."""
