"""The order of the measurements, from the settings to the numbers of the record."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

import interp
from experiments.language.dictionaries.judging import Untrained, by_depth, fresh_rows, losses
from experiments.language.dictionaries.labelling import labelled, labels
from experiments.language.dictionaries.opening import opened
from experiments.language.dictionaries.reading import Reading, read
from experiments.language.dictionaries.settings import Settings
from experiments.language.dictionaries.training import TWIN, dictionaries, discard_stores, sites
from interp.dictionaries.evaluation import evaluate
from interp.latents.labels import best_labels
from interp.matching import MatchWarning, paired
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.models.randomise import random_weights
from interp.records import Run


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Everything that the report draws, as plain JSON."""
    model = interp.load(settings.model, device=this.device, dtype=this.dtype)
    this.say(f"reading {settings.corpus} for {model}")
    text = read(settings, model)
    this.note(
        model_hash=fingerprint(model), data_hash=text.train.fingerprint(), train_rows=text.train.rows,
        test_rows=text.fresh.rows, test_documents=len(text.corpus),
    )  # fmt: skip
    rng = np.random.default_rng(this.seed)
    random = random_weights(model, this.seed)
    trained, pages = _measure("trained", model, text, settings, this, rng)
    fresh, _ = _measure("random", random, text, settings, this, rng)
    return {"trained": trained, "random": fresh, "pages": pages, "findings": {}}


def _measure(
    name: str, model: Model, text: Reading, settings: Settings, this: Run, rng: np.random.Generator
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Harvest, train and judge for one model; for the trained one also labels, the twin, losses and pages."""
    work = this.work / name
    this.say(f"{name} weights: activations of {text.train.rows:,} tokens, and a dictionary for every depth")
    made = dictionaries(model, text.train, settings, this.seed, work)
    rows, documents = fresh_rows(model, text.fresh), text.fresh.documents[text.fresh.kept].long()
    this.say(f"{name} weights: judging on {text.fresh.rows:,} tokens of other documents")
    found: dict[str, Any] = by_depth(model, made, rows, documents, rng)
    rivals = [Untrained(made[str(depth)], this.seed) for depth in range(model.depth + 1)]
    found["untrained"] = [
        evaluate(rival, rows[site]).explained_variance for rival, site in zip(rivals, sites(model), strict=True)
    ]
    pages: list[dict[str, Any]] = []
    if name == "trained":
        middle = model.depth // 2
        where, dictionary = sites(model)[middle], made[str(middle)]
        with torch.no_grad():
            latents = dictionary.encode(rows[where])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MatchWarning)  # some tokens stand in one half of the documents only
            known = labels(text.fresh, lambda token: text.corpus.decode([token]))
            matches, found["labels"] = labelled(latents, rows[where], known, documents, rng)
        pairs = paired(dictionary.W_dec.detach(), made[TWIN].W_dec.detach(), rng)
        found["twin"] = {"cosine": pairs.cosine.tolist(), "control": pairs.rotated.flatten().tolist()}
        found["loss"] = losses(model, made, text.fresh)
        best, fired = best_labels(matches, known.names), found["fired"][middle]
        pages = opened(settings.pages, dictionary, model, where, text, best, fired, rng, work)
    discard_stores(work)
    return found, pages


__all__ = ["run"]
