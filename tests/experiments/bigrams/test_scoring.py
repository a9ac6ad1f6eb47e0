import numpy as np
import pytest
import torch
from scipy.stats import pearsonr

from experiments.bigrams.scoring import correlated, mean_loss, model_surprisals, score
from experiments.bigrams.subject import Subject
from interp.subnetworks.mask import Mask
from interp.subnetworks.pruned import pruned


def test_a_score_is_what_a_plain_pass_over_the_held_out_windows_says(subject: Subject) -> None:
    found = score(subject, None)
    with torch.no_grad():
        logs = subject.model(subject.tokens).log_softmax(-1)
    losses = -logs[:, :-1].gather(2, subject.tokens[:, 1:, None])[..., 0].double()
    finite = subject.surprisals.isfinite()
    assert found["loss"].value == pytest.approx(losses.mean().item(), rel=1e-5)
    assert found["r"].value == pytest.approx(pearsonr(losses[finite], subject.surprisals[finite])[0], abs=1e-5)
    assert found["dropped"] == int(subject.surprisals.isposinf().sum())
    probabilities = torch.zeros(subject.model.vocabulary, subject.model.vocabulary)
    counts = subject.conditional.counts
    pairs = torch.stack([counts.pairs // counts.vocabulary, counts.pairs % counts.vocabulary])
    probabilities[pairs[0], pairs[1]] = subject.conditional.log_probs(pairs[0], pairs[1]).exp().float()
    known = subject.known(subject.tokens)
    dense = -(probabilities[subject.tokens] * logs).sum(-1)[known].mean()
    assert found["cross_entropy"] == pytest.approx(dense.item(), rel=1e-4)


def test_a_mask_is_scored_with_all_other_weights_at_zero(subject: Subject) -> None:
    empty = Mask.empty(subject.model)
    found = score(subject, empty)
    assert (found["size"], found["share"]) == (0, 0.0)
    with pruned(subject.model, empty):
        assert score(subject, None)["loss"] == found["loss"]
    assert score(subject, Mask.full(subject.model)) == score(subject, None)
    assert torch.equal(model_surprisals(subject, Mask.full(subject.model)), model_surprisals(subject, None))


def test_bigrams_go_with_themselves(subject: Subject) -> None:
    value, low, high, n = correlated(subject, subject.surprisals.nan_to_num(0.0, 9.0))
    assert (value, low, high) == pytest.approx((1, 1, 1))
    assert 2 <= n <= int(subject.documents.max()) + 1


def test_the_interval_resamples_whole_documents(subject: Subject) -> None:
    generator = torch.Generator().manual_seed(0)
    noise = torch.rand(subject.surprisals.shape, generator=generator, dtype=torch.float64) * 5
    value, low, high, n = correlated(subject, noise + subject.surprisals.nan_to_num(0.0, 9.0))
    assert low < value < high
    usable = subject.surprisals.isfinite()
    documents = np.unique(subject.documents[usable].numpy())
    assert n == len(documents)
    rng, draws = np.random.default_rng(0), []
    for _ in range(300):
        rows = [usable & (subject.documents == int(one)) for one in rng.choice(documents, n)]
        pairs = [((noise + subject.surprisals)[row], subject.surprisals[row]) for row in rows]
        draws.append(pearsonr(*(torch.cat(side) for side in zip(*pairs, strict=True)))[0])
    assert (low, high) == pytest.approx(tuple(np.quantile(draws, [0.025, 0.975])), abs=0.05)


def test_losses_are_means_over_tokens_with_the_interval_over_documents(subject: Subject) -> None:
    losses = subject.documents.double()
    value, low, high, n = mean_loss(subject, losses)
    assert value == pytest.approx(losses.mean().item())
    assert low <= value <= high
    assert n == int(subject.documents.max()) + 1
