"""Events of a real model are where its latents fire, without what does not count; the graph is that of sets."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

import interp
from interp import Model, Sequences, ShapeError
from interp.models.sites import Site
from interp.text.pack import pack
from interp.token_graph.events import build, counts, events, thinned
from interp.token_graph.graph import TokenGraph
from tests.architectures import VOCABULARY, WIDTH, some_tokens
from tests.interp.dictionaries.small import Small, constant, random
from tests.interp.token_graph.oracle import Events, require_same

SITE = interp.resid(1)
LATENTS = 24


def dictionary() -> Small:
    return random(WIDTH, LATENTS, dtype=torch.float32)


def text() -> Sequences:
    """Five sequences, with padding at the end of two."""
    tokens = some_tokens(5, 8)
    kept = torch.ones_like(tokens, dtype=torch.bool)
    kept[1, 5:], kept[4, 3:] = False, False
    return Sequences.of(tokens, kept)


def slowly(model: Model, data: Sequences, site: Site = SITE, threshold: float = 0.0, skip_first: bool = True) -> Events:
    """An event at a time, a sequence at a time."""
    found = []
    for sequence, (tokens, kept) in enumerate(zip(data.tokens, data.kept, strict=True)):
        states = interp.capture(model, tokens[None], site)[site][0]
        for place, token in enumerate(tokens.tolist()):
            if not kept[place] or (skip_first and place == 0):
                continue
            latents = dictionary().encode(states[place].flatten()).tolist()
            position = sequence * data.tokens.shape[1] + place
            found += [(token, latent, position) for latent, value in enumerate(latents) if value > threshold]
    return Events(*np.array(found).T)


def together(found: Sequence[tuple[np.ndarray, ...]]) -> list[list[int]]:
    return [np.concatenate(column).tolist() for column in zip(*found, strict=True)]


def test_events_are_where_latents_fire(model: Model) -> None:
    truth = slowly(model, text())
    assert 0 < len(truth.tokens) < 30 * LATENTS
    for batch in (1, 2, 32):
        found = together([*events(model, dictionary(), SITE, text(), batch=batch)])
        assert found == [column.tolist() for column in truth]


def test_the_first_position_and_the_threshold_are_a_choice(gpt2: Model) -> None:
    for threshold, skip_first in ((0.0, False), (0.7, True)):
        found = together([*events(gpt2, dictionary(), SITE, text(), threshold=threshold, skip_first=skip_first)])
        truth = slowly(gpt2, text(), threshold=threshold, skip_first=skip_first)
        assert found == [column.tolist() for column in truth]


def test_tokens_alone_are_a_text_and_parts_are_numbered_in_the_whole(gpt2: Model) -> None:
    tokens = some_tokens(4, 6)
    whole = together([*events(gpt2, dictionary(), SITE, tokens)])
    parts = [*events(gpt2, dictionary(), SITE, tokens[:3])]
    parts += [*events(gpt2, dictionary(), "blocks.0.hook_resid_post", tokens[3:], first_sequence=3)]
    assert together(parts) == whole


def test_dense_latents_can_be_left_out(gpt2: Model) -> None:
    truth, occurrences = slowly(gpt2, text()), int(counts(text()).sum())
    times = np.bincount(truth.latents, minlength=LATENTS)
    limit = float(np.median(times[times > 0])) / occurrences
    few = (times <= limit * occurrences)[truth.latents]
    assert 0 < few.sum() < len(few)
    wanted = Events(*(column[few] for column in truth))
    found = together([*events(gpt2, dictionary(), SITE, text(), max_density=limit)])
    assert found == [column.tolist() for column in wanted]
    require_same(build(gpt2, dictionary(), SITE, text(), max_density=limit, first=True), wanted)
    assert build(gpt2, dictionary(), SITE, text(), max_density=limit, counted=False).counts is None


def test_the_graph_is_that_of_the_events_and_knows_how_often_tokens_occur(gpt2: Model) -> None:
    graph, truth = build(gpt2, dictionary(), SITE, text(), first=True), slowly(gpt2, text())
    require_same(graph.require_whole(), truth)
    assert (graph.tokens, graph.width) == (VOCABULARY, LATENTS)
    assert graph.occurrences is not None
    seen = [token for row, kept in zip(text().tokens, counts(text()), strict=True) for token in row[kept].tolist()]
    assert graph.occurrences.tolist() == [seen.count(token) for token in range(VOCABULARY)]
    bare = build(gpt2, dictionary(), SITE, text(), counted=False)
    assert (bare.counts, bare.first, bare.latents.tolist()) == (None, None, graph.latents.tolist())


def test_heads_are_a_site_too(gpt2: Model) -> None:
    truth = slowly(gpt2, text(), interp.z(1))
    assert together([*events(gpt2, dictionary(), interp.z(1), text())]) == [column.tolist() for column in truth]


def test_no_active_latent_is_an_error(gpt2: Model) -> None:
    with pytest.raises(ShapeError, match="no latent was active anywhere"):
        build(gpt2, constant(torch.zeros(WIDTH)), SITE, text())
    with pytest.raises(ShapeError, match="no latent was active anywhere"):
        [*events(gpt2, dictionary(), SITE, text(), threshold=1e9)]


def test_latents_that_are_all_too_dense_are_not_called_dead(gpt2: Model) -> None:
    with pytest.raises(ShapeError, match="no latent is left: all that are active fire in more than 1e-06"):
        build(gpt2, dictionary(), SITE, text(), max_density=1e-6)
    with pytest.raises(ShapeError, match="no latent is left: all that are active fire in more than 1e-06"):
        [*events(gpt2, dictionary(), SITE, text(), max_density=1e-6)]
    with pytest.raises(ShapeError, match="no latent was active anywhere"):
        [*events(gpt2, dictionary(), SITE, text(), max_density=1e-6, threshold=1e9)]


def test_what_cannot_be_read_is_said_at_once(gpt2: Model) -> None:
    def refused(said: str, **changes: object) -> None:
        arguments = {"model": gpt2, "dictionary": dictionary(), "site": SITE, "sequences": text()} | changes
        with pytest.raises(ShapeError, match=said):
            events(**arguments)  # type: ignore[arg-type]

    refused(rf"reads rows of width {WIDTH + 1}, not \[{WIDTH}\]", dictionary=random(WIDTH + 1, 8, dtype=torch.float32))
    refused("no position of tokens counts: sequences of 1 tokens", sequences=some_tokens(3, 1))
    refused("threshold of 0 or more", threshold=-0.1)
    refused("a density above 0", max_density=0.0)
    refused("a batch of 1 or more", batch=0)
    refused("token", sequences=some_tokens(3, 4) + VOCABULARY)


def test_a_text_that_is_shorter_than_a_context_is_refused() -> None:
    short = torch.arange(5, dtype=torch.int32), torch.tensor([0, 2, 5])
    assert len(pack(*short, 6, separator=9, bos=None, source="notes")) == 1
    with pytest.raises(ShapeError, match=r"windows of 7 tokens cannot be made from notes: it has 6 tokens"):
        pack(*short, 7, separator=9, bos=None, source="notes")


def test_only_a_graph_with_counts_can_be_thinned() -> None:
    graph = TokenGraph(np.array([0, 1]), np.array([0], np.int32), 2, np.array([3]))
    with pytest.raises(ShapeError, match="knows how often tokens occur"):
        thinned(graph, 0.5)


def test_padding_by_any_pattern_is_left_out_and_the_first_position_is_that_of_the_text() -> None:
    kept = Tensor([[1, 1, 0], [0, 1, 1], [0, 0, 0], [1, 0, 1]]).bool()
    data = Sequences.of(torch.zeros(4, 3, dtype=torch.long), kept)
    assert counts(data).int().tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 0], [0, 0, 1]]
    assert counts(data, skip_first=False).tolist() == kept.tolist()
    assert data.kept.tolist() == kept.tolist()


def test_padding_on_either_side_leaves_out_the_same_tokens() -> None:
    tokens = torch.tensor([[5, 6, 7, 0, 0]])
    right = Sequences.of(tokens, tokens > 0)
    left = Sequences.of(tokens.roll(2, 1), tokens.roll(2, 1) > 0)
    assert right.tokens[counts(right)].tolist() == left.tokens[counts(left)].tolist() == [6, 7]


def test_a_bos_or_a_separator_before_the_text_is_the_first_position() -> None:
    documents = torch.arange(1, 8, dtype=torch.int32), torch.tensor([0, 4, 7])
    with_bos = pack(*documents, 5, separator=9, bos=8, source="notes")
    assert with_bos.tokens.tolist() == [[8, 1, 2, 3, 4], [8, 9, 5, 6, 7]]
    assert counts(with_bos).int().tolist() == [[0, 1, 1, 1, 1], [0, 0, 1, 1, 1]]
    assert torch.equal(counts(with_bos), with_bos.kept)
    without = pack(*documents, 4, separator=9, bos=None, source="notes")
    assert without.tokens.tolist() == [[1, 2, 3, 4], [9, 5, 6, 7]]
    assert counts(without).int().tolist() == [[0, 1, 1, 1], [0, 1, 1, 1]]
