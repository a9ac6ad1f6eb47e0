import pytest
import torch

from experiments.language.model import Shape, build, mean_loss, next_token_losses

SHAPE = Shape(vocabulary=11, context=6, depth=2, width=8, heads=2, dropout=0.5)
WINDOWS = torch.randint(0, 11, (5, 7), generator=torch.Generator().manual_seed(0), dtype=torch.int32)


def test_a_model_has_the_shape_asked_for_and_weights_that_follow_from_the_seed() -> None:
    model, again, other = (build(SHAPE, 0, seed) for seed in (1, 1, 2))
    assert model.get_input_embeddings().weight.shape == (11, 8)  # type: ignore[operator]
    assert model.get_output_embeddings().weight is not model.get_input_embeddings().weight  # type: ignore[operator]
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(model.parameters(), other.parameters(), strict=True))


def test_building_a_model_leaves_the_global_generator_alone() -> None:
    before = torch.random.get_rng_state()
    build(SHAPE, 0, 3)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_mean_loss_is_that_of_a_slow_loop_without_dropout() -> None:
    model = build(SHAPE, 0, 1)
    found = mean_loss(model, WINDOWS, batch=2)
    truth = [
        -model(window[None, :-1]).logits[0, place].log_softmax(-1)[window[place + 1].long()].item()
        for window in WINDOWS
        for place in range(6)
    ]
    assert found == pytest.approx(sum(truth) / len(truth), rel=1e-5)


def test_a_model_that_knows_the_next_token_loses_nothing() -> None:
    logits = torch.full((5, 6, 11), -1e4).scatter(-1, WINDOWS[:, 1:, None].long(), 0.0)
    assert next_token_losses(logits, WINDOWS).abs().max() == 0
