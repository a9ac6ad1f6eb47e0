"""The best prunings of every size."""

from experiments.bigrams.lists import Lists
from experiments.bigrams.settings import Plan
from interp.errors import InterpError
from interp.subnetworks.mask import Mask


def prunings(lists: Lists, plan: Plan) -> dict[float, list[Mask]]:
    """Masks by share of the weights, descending; of those that findings are about one for every seed, else one.

    Findings are about the densest, the sparsest, and the sparsest that is no smaller than the bigram subnetwork.
    Raises as `require_comparable` does.
    """
    require_comparable(plan)
    shares = sorted(set(plan.optimal), reverse=True)
    judged = {shares[0], min(share for share in shares if share >= plan.core), shares[-1]}
    return {share: [one.mask for one in lists.optimal(share, None if share in judged else 1)] for share in shares}


def require_comparable(plan: Plan) -> None:
    """Raise `InterpError` unless there are two shares, one of them no smaller than that of the bigram subnetwork."""
    if len(set(plan.optimal)) < 2 or max(plan.optimal) < plan.core:
        raise InterpError(
            f"need two shares of the weights, and one no smaller than the bigram subnetwork's {plan.core:g}, not "
            f"{list(plan.optimal)}: change --optimal"
        )


__all__ = ["prunings", "require_comparable"]
