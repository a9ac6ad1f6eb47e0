"""Which checkpoints are looked at, and how closely."""

from dataclasses import dataclass

from experiments.function_tokens.settings import Plan


@dataclass(frozen=True)
class Settings(Plan):
    """Losses by class of token along the training of two models, and dictionaries at checkpoints of the first."""

    sequences: int = 2048
    width: int = 4096
    rows: int = 131_072
    batch: int = 1024
    checkpoints: str = "runs/train/docs-small/checkpoints"
    """A folder of models called step-000000 and so on, or "hub:" and the name of a model with revisions."""
    second: str = "runs/train/docs-shallow/checkpoints"
    """The same of a model of another size. Where it is not there the first is measured alone."""
    follow: tuple[int, ...] | None = None
    """Training steps at which losses are taken, ascending, 0 first; all that there are, if None."""
    judged: int = 400
    """Held-out windows that losses are taken on and latents are counted on, at most."""
    step: int = 32
    """Windows of one training step: whose gradient is divided among the groups."""
    gradients: int = 96
    """Windows of the training text whose gradients are taken, `step` at a time."""
    least: int = 20
    """Held-out predictions that a token needs for a curve of its own."""
    at: tuple[int, ...] = (0, 258, 1258, 2780, 6144)
    """Training steps at which dictionaries are trained, ascending, 0 first."""
    ks: tuple[int, ...] = (8, 32, 128)
    """Sparsities: latents that each row may use, ascending."""
    seeds: int = 2
    """Dictionaries of each checkpoint and sparsity."""
    counted: int = 32_768
    """Held-out rows on which firing latents are counted, the same for all dictionaries."""
    spliced: int = 64
    """Held-out windows on which the loss with a reconstruction in place of the activations is taken."""


__all__ = ["Settings"]
