"""Activations on disk: harvested shard by shard, every row traced back to its text."""
