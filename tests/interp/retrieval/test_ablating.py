"""Mean ablation against one place, one loss at a time; and where it is known what must come out."""

import numpy as np
import pytest
import torch

import interp
from interp import Model, Sequences, ShapeError
from interp.retrieval.ablating import ablation, means
from interp.retrieval.pairs import Pairs, matched_pairs
from tests.architectures import VOCABULARY, WIDTH, some_tokens

SITE = interp.resid(1)
LOW = torch.arange(VOCABULARY) < 25


def text() -> Sequences:
    tokens = some_tokens(6, 9)
    documents = (torch.arange(6) // 2)[:, None].repeat(1, 9)
    documents[1, 5:] = 9
    kept = torch.ones_like(tokens, dtype=torch.bool)
    kept[2, 4] = False
    return Sequences(tokens, documents, torch.arange(54).view(6, 9), kept, "by hand")


def pairs() -> Pairs:
    return matched_pairs(text(), LOW, ~LOW, np.random.default_rng(0), share=0.25)


def test_losses_are_those_of_the_model_with_the_mean_in_its_place(gpt2: Model) -> None:
    data, chosen = text(), pairs()
    mean = means(gpt2, SITE, data).flat
    found = ablation(gpt2, SITE, data, chosen, mean, batch=4)
    numbers = sorted(set(data.documents.flatten().tolist()))
    later, own, counts = np.zeros((2, 4)), np.zeros((2, 4)), np.zeros((3, 4), int)
    loss = np.zeros(4)
    for row in range(6):
        tokens = data.tokens[row : row + 1, :-1]
        following = data.tokens[row, 1:, None]
        either = (chosen.one | chosen.other)[row]
        with torch.no_grad():
            plain = -gpt2(tokens)[0].double().log_softmax(1).gather(1, following)[:, 0]
        for arm, where in enumerate((chosen.one[row], chosen.other[row])):
            edits = [interp.replace(SITE, mean.values[0], at=place) for place in where[:-1].nonzero()[:, 0].tolist()]
            with torch.no_grad(), interp.edited(gpt2, *edits):
                loss_now = -gpt2(tokens)[0].double().log_softmax(1).gather(1, following)[:, 0]
            for place in range(8):
                document = numbers.index(int(data.documents[row, place]))
                pair = [place, place + 1]
                if not data.kept[row, pair].all() or data.documents[row, pair].unique().numel() > 1:
                    continue
                change = float(loss_now[place] - plain[place])
                if where[place]:
                    own[arm, document] += change
                    counts[arm, document] += 1
                elif not either[place] and either[:place].any():
                    later[arm, document] += change
                    loss[document] += float(plain[place]) * (arm == 0)
                    counts[2, document] += arm == 0
    assert found.later == pytest.approx(later, abs=1e-4)
    assert found.own == pytest.approx(own, abs=1e-4)
    assert found.loss == pytest.approx(loss, abs=1e-4)
    assert (found.own_count == counts[:2]).all()
    assert (found.later_count == counts[2]).all()
    assert counts[2].sum() > 0
    rng = np.random.default_rng(0)
    assert found.difference(rng).value == pytest.approx(found.change(0, rng).value - found.change(1, rng).value)
    assert found.at_places(1, rng).n == 4


def test_means_are_those_of_the_states(gpt2: Model) -> None:
    data = text()
    states = interp.capture(gpt2, data.tokens, SITE)[SITE]
    kept = data.kept.clone()
    kept[:, 0] = False
    found = means(gpt2, SITE, data, fewest=2, batch=4)
    mean = states[kept].mean(0)
    assert torch.allclose(found.flat.values, mean.expand(VOCABULARY, WIDTH), atol=1e-5)
    assert found.counts.tolist() == torch.bincount(data.tokens[kept], minlength=VOCABULARY).tolist()
    frequent = int(found.counts.argmax())
    assert int(found.counts[frequent]) >= 2
    assert torch.allclose(found.values[frequent], states[kept & (data.tokens == frequent)].mean(0), atol=1e-5)
    rare = int((found.counts == 1).nonzero()[0])
    assert torch.allclose(found.values[rare], mean, atol=1e-5)


@pytest.mark.parametrize("name", ["llama"])  # whose embeddings do not hold positions
def test_before_the_first_block_the_mean_of_a_token_is_its_embedding_and_nothing_is_lost(model: Model) -> None:
    data, chosen = text(), pairs()
    own = means(model, interp.resid(0), data, fewest=1)
    found = ablation(model, interp.resid(0), data, chosen, own)
    assert np.abs(found.later).max() < 1e-4
    assert max(found.moved) < 1e-5
    gone = ablation(model, interp.resid(0), data, chosen, own.flat)
    assert np.abs(gone.later).max() > 1e-3
    assert min(gone.moved) > 0.5


def test_behind_the_last_block_later_tokens_lose_nothing(gpt2: Model) -> None:
    found = ablation(gpt2, interp.resid(2), text(), pairs(), means(gpt2, interp.resid(2), text()))
    assert np.abs(found.later).max() < 1e-5
    assert np.abs(found.own).max() > 1e-3


def test_pairs_or_means_of_something_else_are_refused(gpt2: Model) -> None:
    mean, chosen = means(gpt2, SITE, text()), pairs()
    with pytest.raises(ShapeError, match="pairs of"):
        ablation(gpt2, SITE, text(), chosen._replace(one=chosen.one[:2]), mean)
    with pytest.raises(ShapeError, match="means"):
        ablation(gpt2, SITE, text(), chosen, mean._replace(values=mean.values[:3]))
    everywhere = torch.ones_like(chosen.one)
    with pytest.raises(ShapeError, match="no token is read behind"):
        ablation(gpt2, SITE, text(), chosen._replace(one=everywhere), mean)
