"""The dictionaries that are trained: the main ones, those of Du et al., and the widths and kinds that are compared."""

from experiments.othello.dictionaries.settings import Plan, Settings
from interp.dictionaries.architectures import L1, BatchTopK, JumpReLU, TopK
from interp.dictionaries.architectures.architecture import Architecture

FIRST, SECOND, RANDOM, PUBLISHED = "first seed", "second seed", "random weights", "published kind"
"""The sets of dictionaries by depth. The third is of the random-weight model, the others of the trained one."""
SETS = (FIRST, SECOND, RANDOM, PUBLISHED)

PENALTIES = {"l1": (1.0, 1.5, 2.5), "jumprelu": (0.5, 2.0, 8.0)}
"""What the kinds without a fixed number of active latents are trained with, so that their L0 span the others'."""


def main(plan: Plan) -> TopK:
    """What is trained at every depth."""
    return TopK(plan.width, k=plan.k)


def published(settings: Settings, width: int) -> L1:
    """The kind of Du et al. 2025: twice as many latents as dimensions, tied, without a decoder bias, and the length of
    the error in place of its square (their published code; equation 1 of the paper squares it)."""
    return L1(2 * width, penalty_weight=settings.penalty, squared=False, tied=True, unit_norm=False, decoder_bias=False)


def compared(plan: Plan, width: int) -> dict[str, Architecture]:
    """Widths and kinds at one depth, by "kind width sparsity": TopK in three widths, other kinds in the main one."""
    sparse = [k for k in (plan.k // 2, plan.k, 2 * plan.k) if k]
    found: dict[str, Architecture] = {}
    for latents in (2 * width, plan.width, 2 * plan.width):
        found |= {f"topk {latents} {k}": TopK(latents, k=k) for k in sparse if k <= latents}
    found |= {f"batchtopk {plan.width} {k}": BatchTopK(plan.width, k=float(k)) for k in sparse if k <= plan.width}
    found |= {f"l1 {plan.width} {p:g}": L1(plan.width, penalty_weight=p) for p in PENALTIES["l1"]}
    found |= {f"jumprelu {plan.width} {p:g}": JumpReLU(plan.width, penalty_weight=p) for p in PENALTIES["jumprelu"]}
    return found


__all__ = ["FIRST", "PENALTIES", "PUBLISHED", "RANDOM", "SECOND", "SETS", "compared", "main", "published"]
