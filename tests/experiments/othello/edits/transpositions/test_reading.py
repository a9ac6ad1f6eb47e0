"""Reading both positions of pairs, against one history at a time."""

import pytest
import torch

from experiments.othello.edits.transpositions.reading import cosine, disagree, distance, read, total_variation
from experiments.othello.subject import subject
from interp.activations.capture import capture
from interp.models.sites import resid


def test_both_positions_are_read_as_if_each_history_were_read_alone() -> None:
    model, rules = subject("othello-tiny", "cpu", "float32")
    generator = torch.Generator().manual_seed(0)
    length = torch.tensor([3, 7, 5, 7, 4])
    tokens = torch.randint(1, rules.plies + 1, (2, 5, 7), generator=generator)
    found = read(model, tokens * (torch.arange(7) < length[:, None]), length, batch=3)
    for half in range(2):
        for pair, last in enumerate(length.tolist()):
            alone = tokens[half, pair : pair + 1, :last]
            expected = model(alone)[0, -1].softmax(-1)
            assert torch.allclose(found.chances[half, pair], expected, atol=1e-5)
            streams = capture(model, alone, [resid(depth) for depth in range(model.depth + 1)])
            for depth in range(model.depth + 1):
                assert torch.allclose(found.streams[depth, half, pair], streams[resid(depth)][0, -1], atol=1e-4)


def test_total_variation_and_disagreement_by_hand() -> None:
    chances = torch.tensor([[[0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [0.6, 0.4, 0.0]], [[0.25, 0.25, 0.5], [0.0, 1.0, 0.0],
                            [0.6, 0.4, 0.0]]])  # fmt: skip
    assert total_variation(chances).tolist() == pytest.approx([0.5, 1.0, 0.0])
    assert disagree(chances).tolist() == [True, True, False]


def test_distances_and_cosines_by_hand() -> None:
    streams = torch.tensor([[[[3.0, 0.0], [1.0, 1.0]], [[0.0, 4.0], [1.0, 1.0]]]])
    assert distance(streams).tolist() == [[5.0, 0.0]]
    mean = torch.tensor([[[0.0, 0.0], [0.0, 1.0]]])
    assert cosine(streams, mean).tolist() == [[0.0, 1.0]]
