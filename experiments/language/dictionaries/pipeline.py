"""The order of the measurements, from the settings to the numbers of the record."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

import interp
from experiments.language.dictionaries.judging import Untrained, by_depth, fresh_rows, losses
from experiments.language.dictionaries.labelling import labelled, labels
from experiments.language.dictionaries.reading import Reading, read
from experiments.language.dictionaries.settings import Settings
from experiments.language.dictionaries.training import TWIN, dictionaries, discard_store, sites
from interp.dictionaries.evaluate import evaluate
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
    metrics = {
        "trained": _measure("trained", model, text, settings, this, rng),
        "random": _measure("random", random, text, settings, this, rng),
    }
    return {**metrics, "findings": {}}


def _measure(
    name: str, model: Model, text: Reading, settings: Settings, this: Run, rng: np.random.Generator
) -> dict[str, Any]:
    """Harvest, train and judge for one model."""
    this.say(f"{name} weights: activations of {text.train.rows:,} tokens, and a dictionary for every depth")
    made = dictionaries(model, text.train, settings, this.seed, this.work / name)
    discard_store(this.work / name)
    rows, documents = fresh_rows(model, text.fresh), text.fresh.documents[text.fresh.kept].long()
    this.say(f"{name} weights: judging on {text.fresh.rows:,} tokens of other documents")
    found: dict[str, Any] = by_depth(model, made, rows, documents, rng)
    rivals = [Untrained(made[str(depth)], this.seed) for depth in range(model.depth + 1)]
    found["untrained"] = [
        evaluate(rival, rows[site]).explained_variance for rival, site in zip(rivals, sites(model), strict=True)
    ]
    if name == "random":
        return found
    middle = model.depth // 2
    with torch.no_grad():
        latents = made[str(middle)].encode(rows[sites(model)[middle]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MatchWarning)  # some tokens stand in one half of the documents only
        known = labels(text.fresh, lambda token: text.corpus.decode([token]))
        found["labels"] = labelled(latents, rows[sites(model)[middle]], known, documents, rng)
    pairs = paired(made[str(middle)].W_dec.detach(), made[TWIN].W_dec.detach(), rng)
    found["twin"] = {"cosine": pairs.cosine.tolist(), "control": pairs.rotated.flatten().tolist()}
    found["loss"] = losses(model, made, text.fresh)
    return found


__all__ = ["run"]
