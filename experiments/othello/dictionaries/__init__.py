"""What dictionaries see of the board that probes do not."""
