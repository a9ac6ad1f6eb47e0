"""The one resumable training loop: killed at any moment and started again, it ends bit-equal."""

from interp.training.loop import Outcome, Plan, train
from interp.training.schedule import Schedule, constant, warmup_cosine, warmup_decay

__all__ = ["Outcome", "Plan", "Schedule", "constant", "train", "warmup_cosine", "warmup_decay"]
