"""What a subnetwork is searched for: distributions over the next token, from counts, a model or labels."""

from interp.subnetworks.targets.from_counts import FromCounts
from interp.subnetworks.targets.labels import Labels, next_tokens
from interp.subnetworks.targets.target import Prepared, Target, Where
from interp.subnetworks.targets.teacher import Teacher

__all__ = ["FromCounts", "Labels", "Prepared", "Target", "Teacher", "Where", "next_tokens"]
