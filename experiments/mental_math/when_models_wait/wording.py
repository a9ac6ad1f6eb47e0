"""Questions with room behind them: the last token again and again, as the models with spare tokens learned them."""

from dataclasses import dataclass

from experiments.mental_math.templates import Wording


@dataclass(frozen=True)
class Roomy(Wording):
    """A task in the original style with `spare` further "=" behind it; the answer is read at the last."""

    spare: int = 0
    """How many."""

    @property
    def template(self) -> str:
        """ "{A}+{B}===" for two."""
        return super().template + "=" * self.spare


__all__ = ["Roomy"]
