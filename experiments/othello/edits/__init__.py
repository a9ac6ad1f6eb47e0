"""Is what we read what the model uses? The board is edited inside the model, and the model plays on."""
