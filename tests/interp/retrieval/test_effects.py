"""Effects against the obvious way: the whole model, run again for every latent without what it writes."""

import pytest
import torch
from torch import Tensor

import interp
from interp import Model, Sequences, ShapeError
from interp.models.sites import Site
from interp.retrieval.effects import Effects, effects
from tests.architectures import WIDTH, some_tokens
from tests.interp.dictionaries.small import Small, constant, random

LATENTS = 12
PLACES = torch.tensor([[0, 4], [2, 1], [1, 4], [0, 0], [0, 2]])


def dictionary() -> Small:
    """Of which about a third fires at the embeddings, too."""
    made = random(WIDTH, LATENTS, dtype=torch.float32)
    return Small(4 * made.W_enc.detach(), made.W_dec.detach(), -0.5, made.b_dec)


def text() -> Sequences:
    """Three sequences; the second begins a new document in the middle, and in the first a place does not count."""
    tokens = some_tokens(3, 7)
    documents = torch.zeros_like(tokens)
    documents[1, 3:] = 1
    kept = torch.ones_like(tokens, dtype=torch.bool)
    kept[0, 1] = False
    return Sequences(tokens, documents, torch.arange(21).view(3, 7), kept, "by hand")


def slowly(model: Model, site: Site, data: Sequences) -> list[tuple[float, ...]]:
    """A latent at a time."""
    found: list[tuple[float, ...]] = []
    for sequence, position in sorted(PLACES.tolist()):
        tokens = data.tokens[sequence : sequence + 1]
        states = interp.capture(model, tokens, [site, interp.resid(model.depth)])
        active, directions = dictionary().encode(states[site][0]).detach(), dictionary().W_dec.detach()
        following = int(tokens[0, position + 1])
        counted = [
            place
            for place in range(1, position)
            if data.kept[sequence, place] and data.documents[sequence, place] == data.documents[sequence, position]
        ]
        for latent in active[position].nonzero()[:, 0].tolist():
            part = active[position, latent] * directions[latent]
            with torch.no_grad():
                whole = probability(model(tokens)[0, position], following)
                with interp.edited(model, interp.add(site, -part, at=position)):
                    without = probability(model(tokens)[0, position], following)
                final = states[interp.resid(model.depth)][0, position]
                ends = [model.unembed(stream).double() for stream in (final, final - part)]
            direct = [float(end[following] - end.mean()) for end in ends]
            earlier = any(float(active[place, latent]) for place in counted)
            value = float(active[position, latent])
            found.append((sequence, position, latent, value, whole - without, direct[0] - direct[1], earlier))
    return found


def probability(logits: Tensor, token: int) -> float:
    return float(logits.double().log_softmax(0)[token])


def require_equal(found: Effects, wanted: list[tuple[float, ...]]) -> None:
    for column, values in zip(found, zip(*wanted, strict=True), strict=True):
        assert column.double().tolist() == pytest.approx([float(value) for value in values], abs=2e-4)


@pytest.mark.parametrize("name", ["gpt2", "neox", "mistral", "gemma2"])  # the last two see a part of the keys only
def test_they_are_what_running_the_model_again_gives(model: Model) -> None:
    require_equal(effects(model, dictionary(), interp.resid(1), text(), PLACES), slowly(model, interp.resid(1), text()))


def test_at_any_depth_and_in_any_batches(gpt2: Model) -> None:
    wanted = slowly(gpt2, interp.resid(0), text())
    for batch in (1, 5):
        require_equal(effects(gpt2, dictionary(), "blocks.0.hook_resid_pre", text(), PLACES, batch=batch), wanted)
    last = effects(gpt2, dictionary(), interp.resid(2), text(), PLACES)
    require_equal(last, slowly(gpt2, interp.resid(2), text()))
    assert last.place.tolist() == torch.unique(torch.stack(last[:2]), dim=1, return_inverse=True)[1].tolist()
    assert last.earlier.any()
    assert not last.earlier.all()


def test_where_nothing_is_active_there_is_no_entry(gpt2: Model) -> None:
    found = effects(gpt2, constant(torch.zeros(WIDTH)), interp.resid(1), text(), PLACES)
    assert [len(column) for column in found] == [0] * 7
    assert found.place.tolist() == []


class Scaled(Small):
    """Gives back twice what its latents write."""

    def decode(self, latents: Tensor) -> Tensor:
        return 2 * super().decode(latents)


def test_what_cannot_be_measured_is_refused(gpt2: Model) -> None:
    def refused(says: str, **changes: object) -> None:
        arguments = {"dictionary": dictionary(), "site": interp.resid(1), "sequences": text(), "places": PLACES}
        with pytest.raises(ShapeError, match=says):
            effects(gpt2, **(arguments | changes))  # type: ignore[arg-type]

    refused("there is a next token", places=torch.tensor([[0, 6]]))
    refused("there is a next token", places=torch.tensor([[3, 0]]))
    refused("asked for twice", places=torch.tensor([[0, 1], [0, 1]]))
    refused("one at least", places=torch.zeros(0, 2, dtype=torch.int64))
    refused("no place in the residual stream", site=interp.z(0))
    refused("batch must be 1", batch=0)
    refused("the sum of what its latents write", dictionary=Scaled(dictionary().W_enc, dictionary().W_dec, 1.0))
