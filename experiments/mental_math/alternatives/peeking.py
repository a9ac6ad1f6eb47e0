"""Other ways to let the last token see the others: more of them, fewer, or not the first."""

from jaxtyping import Float
from torch import Tensor

from experiments.mental_math.alternatives.stand_ins import StandIn
from interp.activations.edits import knockout, replace
from interp.last_token.prompts import Prompts
from interp.last_token.reference import edits, last_logits
from interp.last_token.setting import AllForOne
from interp.models.sites import resid

FOUND, USUAL, OTHERS = "peeking as found", "everybody attends as usual", "others peek, too"
NO_SINK, HIDDEN = "first token in transfer only", "first token hidden"


def ways(stand_in: StandIn, setting: AllForOne, known: Prompts) -> dict[str, Float[Tensor, "prompt token"]]:
    """Logits of the subgraph as found and of its alternatives; those without the first token where there is a sink."""
    tokens, subject = known.tokens, stand_in.subject
    found = {
        FOUND: stand_in.then_peeking(tokens, setting),
        USUAL: stand_in.then_all(tokens, setting.wait),
        OTHERS: stand_in.then_peeking(tokens, setting, others_peek=True),
    }
    if setting.sink:
        no_sink = subject.setting(setting.wait, setting.transfer, sink=False)
        hidden = subject.setting(setting.wait, setting.transfer, sink=False, last_n=tokens.shape[1] - 1)
        found |= {NO_SINK: stand_in.then_peeking(tokens, no_sink), HIDDEN: stand_in.then_peeking(tokens, hidden)}
    return found


def last_so_many(stand_in: StandIn, setting: AllForOne, known: Prompts) -> list[Float[Tensor, "prompt token"]]:
    """Logits when the last token sees only the last 1, 2 ... all tokens, beside the sink."""
    settings = [
        stand_in.subject.setting(setting.wait, setting.transfer, last_n=n) for n in range(1, known.tokens.shape[1] + 1)
    ]
    return [stand_in.then_peeking(known.tokens, one) for one in settings]


def without_slot(stand_in: StandIn, setting: AllForOne, known: Prompts) -> list[Float[Tensor, "prompt token"]]:
    """Logits when one position, each but the last in turn, is hidden from the last token in every block that runs."""
    subject, tokens = stand_in.subject, known.tokens
    assert stand_in.boundary is not None
    model, positions = subject.model, tokens.shape[1]
    states = stand_in.boundary.states(setting.wait, tokens)
    peeks = edits(setting, model.depth, positions, heads=model.heads)
    found = []
    for position in range(positions - 1):
        hides = [knockout(layer, queries=-1, keys=[position]) for layer in range(setting.wait, model.depth)]
        changes = [replace(resid(setting.wait), states), *peeks, *hides]
        found.append(last_logits(model, model.checked(tokens), changes, batch=len(tokens)))
    return found


__all__ = [
    "FOUND", "HIDDEN", "NO_SINK", "OTHERS", "USUAL", "last_so_many", "ways", "without_slot",
]  # fmt: skip
