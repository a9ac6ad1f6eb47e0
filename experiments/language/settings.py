"""What makes one language model."""

from dataclasses import dataclass, field

from experiments.language.model import Shape


@dataclass(frozen=True)
class TrainSettings:
    """What makes one language model; its JSON is the identity of the run."""

    shape: Shape = field(default_factory=Shape)
    """The size of the model."""
    corpus: str = "documentation"
    """Text to train on, as `interp.text.documents` reads it: a path, a dataset's name, or "documentation"."""
    documents: int | None = None
    """Take the first so many documents only."""
    validation: float = 0.05
    """Share of the documents that are kept out of the training and of the tokenizer."""
    steps: int = 6144
    """Optimiser steps."""
    batch: int = 32
    """Windows per step."""
    rate: float = 2e-3
    """Peak learning rate of AdamW, reached after `warmup` steps, then a half cosine down to zero."""
    warmup: int = 200
    """Steps of linear warm-up."""
    weight_decay: float = 0.1
    """AdamW's decay of matrices; biases and norms are left alone."""
    bos: float = 0.5
    """Share of windows that begin with the separator, as texts do where a tool puts a BOS before them."""
    checkpoints: int = 24
    """Models kept along the way: step 0, and steps at equal distances in log(step) up to the last."""
    log_every: int = 64
    """Steps that a log row averages over."""
    checkpoint_every: int = 512
    """Steps between the states that a stopped training goes on from, each with its validation loss."""
    seed: int = 0
    """Seed of the weights and of the order of the windows."""

    @property
    def tokens(self) -> int:
        """Tokens that are predicted in training, counted as often as they are seen."""
        return self.steps * self.batch * self.shape.context
