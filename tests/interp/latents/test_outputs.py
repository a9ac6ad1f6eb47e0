import pytest
import torch

from interp import Model, Sequences, mid, resid, z
from interp.errors import ShapeError
from interp.latents.context import Reader
from interp.latents.outputs import outputs
from tests.architectures import VOCABULARY, WIDTH

READER = Reader.of(Sequences.of(torch.zeros(1, 2, dtype=torch.int64)), lambda ids: [f"t{one}" for one in ids])


def test_the_tokens_are_those_of_the_unembedding_by_hand(gpt2: Model) -> None:
    direction = torch.randn(WIDTH, generator=torch.Generator().manual_seed(3))
    norm, head = gpt2.hf.transformer.ln_f, gpt2.hf.lm_head
    centred = direction - direction.mean()
    unit = centred / (centred.square().mean() + norm.eps).sqrt()
    wanted = (head.weight @ (norm.weight * unit)).detach()
    wanted = wanted - wanted.mean()
    found = outputs(direction, gpt2, mid(0), READER, 3)
    for end, largest in zip(found, (True, False), strict=True):
        values, ids = wanted.topk(3, largest=largest)
        assert [one.text for one in end] == [f"t{token}" for token in ids.tolist()]
        assert [one.logit for one in end] == pytest.approx(values.tolist(), abs=1e-4)


def test_both_ends_of_the_direct_path_in_every_architecture(model: Model) -> None:
    direction = torch.randn(WIDTH, generator=torch.Generator().manual_seed(3))
    found = outputs(direction, model, resid(1), READER, VOCABULARY + 5)
    logits = {one.text: one.logit for one in found.promoted}
    assert len(logits) == VOCABULARY
    assert sum(logits.values()) == pytest.approx(0, abs=1e-3)
    assert found.promoted[0].logit > 0 > found.suppressed[0].logit
    assert [one.logit for one in found.suppressed] == sorted(logits.values())


@pytest.mark.parametrize(("site", "width"), [(z(0), WIDTH), (resid(1), WIDTH - 1)])
def test_a_place_without_a_direct_path_is_refused(gpt2: Model, site, width: int) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ShapeError, match="no place in the residual stream"):
        outputs(torch.ones(width), gpt2, site, READER, 3)
