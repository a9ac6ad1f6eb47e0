# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Train a dictionary and open it
#
# A layer has fewer dimensions than things to say, so its dimensions mean little one by one. A sparse dictionary writes
# each activation as a sum of a few directions out of many, in the hope that those few can be read. Here the model is
# `docs-small`, which has read the docstrings of Python libraries. Seven steps: read, harvest, train, evaluate, match
# with tokens, open, and take out of the model. The last section says what was not shown.

# %%
# %matplotlib inline
import json
import tempfile
import warnings
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure

import interp
from experiments.language.corpus import held_out
from experiments.language.dictionaries.judging import Untrained
from experiments.language.dictionaries.labelling import labels
from interp import dictionaries, plots
from interp.dictionaries import TopK, Training
from interp.latents.labels import best_labels
from interp.latents.pages import View, pages
from interp.matching import MatchWarning, match, nearest
from interp.matching.controls import random_directions
from interp.stats import Interval, bootstrap
from interp.text import Corpus, documents

MODEL, DOCUMENTS, CONTEXT, SEED = "docs-small", 1000, 128, 0
folder = tempfile.TemporaryDirectory()
work = Path(folder.name)

# %% [markdown]
# ## 1. Read
# The corpus is on this machine already: the prose of docstrings, one document a module. All of it takes a while, so we
# take the first 1,000 modules in the order of their names. The split is by whole documents and by name. The model's
# own training kept the twentieth of the modules whose names have the lowest hashes away from it; we keep the lowest
# 4 %, so as to stay on the safe side of that line. What is judged below neither model nor dictionary has read.

# %%
model = interp.load(MODEL, device="cpu")
corpus = Corpus.of(islice(documents("documentation", quiet=True), DOCUMENTS), model.tokenizer, "documentation")
apart = held_out(corpus.names, 0.04)
numbers = torch.arange(len(corpus))
kept_back = torch.tensor([number in apart for number in range(len(corpus))])
train_corpus, fresh_corpus = corpus.part(numbers[~kept_back]), corpus.part(numbers[kept_back])
train, fresh = (part.sequences(CONTEXT, model.tokenizer.bos_token_id) for part in (train_corpus, fresh_corpus))
model, train_corpus, fresh_corpus

# %% [markdown]
# `Sequences` is what a model reads: windows of one length, packed with documents one after the other. Beside each token
# stands the document it is of, its place there, and whether it counts. The model reads the BOS at the head of every
# window and the separators between documents, but nothing is measured there: on a first token a language model does
# something of its own, and a dictionary would spend itself on that.

# %%
edge, at = (train.places == 0).nonzero()[1].tolist()  # window and position where the second document begins
print(f"{len(train):,} windows of {train.tokens.shape[1]} tokens: {train.rows:,} positions that count to train on, "
      f"{fresh.rows:,} to judge on")  # fmt: skip
print(f"\nwindow {edge}, at its BOS and where one document ends and the next begins:")
print("position  document  place  counts  token")
for position in [0, 1, *range(at - 3, at + 3)]:
    token = corpus.decode([int(train.tokens[edge, position])])
    row = (int(part[edge, position]) for part in (train.documents, train.places, train.kept))
    print("{:8}{:10}{:7}{:8}  {!r}".format(position, *row, token))

# %% [markdown]
# ## 2. Harvest
# Activations go to the disk, two sites in one pass: the residual stream in the middle of the model, and what the MLP
# before it has just added. The manifest is the identity of the store.

# %%
middle = interp.resid(model.depth // 2)
added = interp.mlp_out(model.depth // 2 - 1)
store = interp.harvest(model, train, [middle, added], work / "store")
manifest = json.loads((work / "store" / "manifest.json").read_text())
for name, value in manifest.items():
    print(f"{name:20} {value}")

# %% [markdown]
# Row i of every site is one and the same token, and `trace` finds the way back to the text.

# %%
row = len(store) // 3
origin = store.trace(row)
context = train_corpus.context(origin.document, origin.place)
print(origin)
print(f"{train_corpus.names[origin.document]}: {context.before}>>>{context.token}<<<{context.after}")
print({site.name: store[site].shape for site in store.sites})
seen = interp.capture(model, train.tokens[origin.sequence : origin.sequence + 1].long(), middle)[middle]
gap = (seen[0, origin.position] - store[middle][row].float()).abs().max() / seen[0, origin.position].abs().max()
print(f"captured anew, the row differs by {gap:.1e} of its largest number: it is kept in {store.manifest.dtype}")

# %% [markdown]
# A harvest that was killed goes on where it stopped, and one that is complete has nothing to do. Nor can two be mixed:
# another model in the same folder is refused. `verify` reads every file and compares it with its receipt.

# %%
files = {path: path.stat().st_mtime_ns for path in (work / "store").rglob("*.*") if path.suffix}
again = interp.harvest(model, train, [middle, added], work / "store")
untouched = all(path.stat().st_mtime_ns == time for path, time in files.items())
print(f"{len(files)} files, none of them written again: {untouched}; the same store: "
      f"{again.fingerprint() == store.fingerprint()}")  # fmt: skip
store.verify(quiet=True)
random_model = interp.random_weights(model, SEED)
try:
    interp.harvest(random_model, train, [middle, added], work / "store")
except interp.FileError as error:
    print(f"refused: {str(error).removeprefix(str(work) + '/')[:140]} ...")

# %% [markdown]
# ## 3. Train
# TopK (Gao et al. 2024): encode, keep the 32 largest of 1,024 latents, decode. The loss is the distance to the row
# and nothing else, since the number of latents is fixed by construction. Latents that have not fired for long are
# *dead*, and an auxiliary loss asks them to explain what the others miss. The seed decides everything: start, order of
# the rows, and so the file, bit for bit on one machine. `metadata` says where the dictionary belongs; the pages of step
# 6 would refuse it at another site. The learning rate is the default one, which is higher for so short a training.

# %%
architecture = TopK(width=1024, k=32)
training = Training(rows=400_000, batch=1024, dead_after=100_000, sample=2**15, log_every=5, checkpoint_every=100)
facts = {"model_name": model.name, "hook_name": middle.name, "prepend_bos": True, "context_size": CONTEXT}


def trained(source: interp.Store, out: Path) -> object:
    """A dictionary of the middle of the model, as it was saved and loaded again."""
    stream = source.stream(middle, training.batch, seed=SEED)
    return dictionaries.train(stream, architecture, seed=SEED, training=training, out=out, metadata=facts)


trained(store, work / "dictionary")
log = [json.loads(line) for line in (work / "dictionary" / "log.jsonl").read_text().splitlines()]
rows_read = [line["step"] * training.batch / 1000 for line in log]


def bare(values: object) -> plots.Curve:
    """A line without a band."""
    line = np.asarray(values, np.float64)
    return plots.Curve(line, line, line)


figure = Figure(figsize=(9.6, 3.2), layout="constrained")
left, right = figure.subplots(1, 2)
plots.curves(
    rows_read, {"misfit": bare([line["misfit"] for line in log])}, left,
    xlabel="thousand rows", ylabel="squared distance, scaled", title="What is not rebuilt",
)  # fmt: skip
plots.curves(
    rows_read, {"dead": bare([line["dead"] for line in log])}, right,
    percent=True, xlabel="thousand rows", ylabel="share of latents", title="Dead latents",
)  # fmt: skip
figure

# %% [markdown]
# Whether the first curve would go on falling is worth a look: this is a short training, about one pass over the store.

# %% [markdown]
# ## 4. Evaluate
# What counts is the dictionary that others would load, on documents that it has not read. Intervals are 95 % over
# documents: neighbouring tokens are not independent. Two controls stand beside it. *Random directions*: as many, with
# the same bias and the 32 largest projections of each row, and no training. *Random weights*: a dictionary trained in
# just the same way on a model that learned nothing.

# %%
dictionary = dictionaries.load(work / "dictionary")
documents_of = fresh.documents[fresh.kept].long()


def rows_at_middle(one: interp.Model) -> torch.Tensor:
    """Fresh activations [row, width] of a model, at the positions that count."""
    return interp.capture(one, fresh.tokens.long(), middle, batch=32)[middle][fresh.kept].float()


rows, random_rows = rows_at_middle(model), rows_at_middle(random_model)
random_store = interp.harvest(random_model, train, middle, work / "random store")
random_dictionary = trained(random_store, work / "random dictionary")
draw = np.random.default_rng(SEED)
judged = {
    "dictionary": dictionaries.evaluate(dictionary, rows, documents=documents_of, generator=draw),
    "random directions": dictionaries.evaluate(
        Untrained(dictionary, SEED), rows, documents=documents_of, generator=draw
    ),
    "random weights": dictionaries.evaluate(random_dictionary, random_rows, documents=documents_of, generator=draw),
}


def between(found: Interval, form: str = ".1%") -> str:
    """A number with its interval."""
    return f"{found.value:{form}} ({found.low:{form}} to {found.high:{form}})"


print(f"{fresh.rows:,} rows of {judged['dictionary'].l0_interval.n} documents\n")
print(f"{'':20}{'explained variance':28}{'latents a row':22}{'dead here':>10}{'shrinkage':>11}")
for name, one in judged.items():
    explained, sparse = between(one.explained_variance_interval), between(one.l0_interval, ".1f")
    print(f"{name:20}{explained:28}{sparse:22}{one.dead_share:>10.1%}{one.shrinkage:>11.3f}")

# %% [markdown]
# - **Explained variance** is about the mean, all dimensions together; the mean itself would score 0. A dictionary of
#   a model with random weights is no floor for it: other activations can be easier to rebuild as well as harder. It is
#   there because *a good score alone says nothing of whether the model learned anything*.
# - **Latents a row** (L0) is at most k by construction, and below it where a kept latent is not positive.
# - **Dead here**: fired in none of these rows. With more rows there would be fewer.
# - **Shrinkage**: 1 is unbiased; below 1 reconstructions are too small, the usual failing of an L1 penalty.

# %%
lines = {}
for name in ("dictionary", "random weights"):
    counts = judged[name].histogram(per_decade=4)
    lines[f"{name} ({counts.dead} silent)"] = bare(counts.counts)
(name, line), *rivals = lines.items()
plots.curves(
    (counts.edges[1:] + counts.edges[:-1]) / 2, {name: line}, controls=dict(rivals),
    xlabel="log10 of the share of rows in which a latent fires", ylabel="latents", title="How often latents fire",
).figure  # fmt: skip

# %% [markdown]
# Rebuilding is not the purpose. The model must be able to go on with what was rebuilt: put the reconstruction in the
# place of the residual stream and see what the next token costs, between the untouched model (1) and the mean
# activation at every position (0).

# %%
spliced = {
    "dictionary": dictionaries.recovered(model, fresh, middle, dictionary),
    "random directions": dictionaries.recovered(model, fresh, middle, Untrained(dictionary, SEED)),
}
first = spliced["dictionary"]
print(
    f"{first.predictions:,} predictions; nats a token: untouched {first.clean:.3f}, mean ablation {first.ablated:.3f}\n"
)
print(f"{'':20}{'nats':>8}{'recovered':>12}{'KL to untouched':>18}")
for name, one in spliced.items():
    print(f"{name:20}{one.spliced:8.3f}{one.recovered:12.1%}{one.kl_spliced:18.3f}")

# %% [markdown]
# The share recovered is generous, since the mean ablation is very bad: see what random directions recover, which
# rebuild less than the mean does. The difference from the untouched model in nats is the plainer number.

# %% [markdown]
# ## 5. Match with tokens
# Which latents stand for something we can name? The plainest names are tokens: "this token is X" and "the next token
# is X", for the 96 commonest X. For each label the latent and the threshold with the best F1 are chosen on half of
# the fresh documents, and reported on the other half: the best of 1,024 flatters itself. Four rivals:
#
# - **Random directions**, as many, which fire as often as our latents, chosen and reported in the same way.
# - **Random weights**: the dictionary of the model that learned nothing, matched with the same labels.
# - **Shuffled labels**: the labels of other rows. What is found here is what choosing finds anyway.
# - **Always**: the F1 of saying yes to every row.

# %%
known = labels(fresh, lambda token: corpus.decode([token]))
with torch.no_grad():
    latents, random_latents = dictionary.encode(rows), random_dictionary.encode(random_rows)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", MatchWarning)  # some tokens stand in one half of the documents only
    # The same seed gives the same halves of the documents.
    found = match(latents, known.values, documents_of, np.random.default_rng(SEED), activations=rows)
    untrained = match(random_latents, known.values, documents_of, np.random.default_rng(SEED))
best, lines = found.best, []
for kind in ("is", "next is"):
    mine = [
        number for number, name in enumerate(known.names) if name.startswith(kind + " ") and best.latent[number] >= 0
    ]
    scores = {
        "dictionary": best.f1[mine],
        "random directions": found.random.f1[mine],
        "random weights": untrained.best.f1[mine],
        "shuffled": found.shuffled.f1[mine],
        "always": found.always[mine],
    }
    lines.append(f"{len(mine)} labels '{kind} X', median F1 on other documents:")
    medians = ", ".join(f"{name} {values.nanmedian():.2f}" for name, values in scores.items())
    lines.append(f"{medians}\n")
    lines.append(f"{'label':19}{'latent':>7}   {'F1':24}{'directions':>10}{'weights':>9}{'shuffled':>10}{'always':>8}")
    for number in sorted(mine, key=lambda number: -float(best.selected[number]))[:8]:
        rivals = (values[mine.index(number)] for values in list(scores.values())[1:])
        shown = "{:10.2f}{:9.2f}{:10.2f}{:8.2f}".format(*rivals)
        f1 = between(found.intervals[number], ".2f")
        lines.append(f"{known.names[number]:19}{best.latent[number]:7}   {f1:24}{shown}")
    lines.append("")
print("\n".join(lines))

# %% [markdown]
# The rows shown are the best by the *selecting* half, so that looking at the top of a list is not another choice on the
# numbers we report. Two things to keep apart. A latent that tells "is X" may hold what the embedding put there two
# blocks ago, which any reader of the input could tell as well: compare the column of the model that learned nothing,
# before you call such a latent a discovery. "Next is X" is the harder question, and few tokens can be known in advance
# by anybody.

# %% [markdown]
# ## 6. Open some latents
# Three pages: the latent that tells a next token best (by the selecting half), the one that tells a present one best,
# and one drawn at random from all that fire, so that nobody is fooled by the first two. A page shows the strongest
# contexts, and below them some from each quarter of the range: top contexts flatter. Colour is the latent's activation
# at each token, the mark is the row itself. Contexts are from the training documents, of which there are more; the
# label's numbers are from the fresh ones.

# %%
names = best_labels(found, known.names)


def strongest(kind: str) -> int:
    """The latent whose best label is of this kind and had the highest F1 on the selecting half."""
    mine = [latent for latent, label in names.items() if label.name.startswith(kind + " ")]
    return max(mine, key=lambda latent: names[latent].selected)


next_is, this_is = strongest("next is"), strongest("is")
live = judged["dictionary"].live
at_random = int(live[draw.integers(len(live))])
opened = pages(
    [next_is, this_is, at_random], dictionary, store, middle, train, decode=train_corpus, labels=names, model=model,
    view=View(top=6, each=2, neighbours=5, outputs=6), quiet=True,
)  # fmt: skip
opened[0]

# %%
opened[1]

# %%
opened[2]

# %% [markdown]
# A top context often says at once what a latent is about. Ask the weakest quarter whether that is all.
#
# Neighbours are latents with similar decoder directions; the line below them says how near the nearest of as many
# random directions would be. The same for the whole dictionary, cut at random into halves that are compared with each
# other, and with each other after a random rotation. As far as the two numbers agree, a neighbour is no relative.

# %%
decoder = dictionary.W_dec.detach()
half = torch.randperm(len(decoder), generator=torch.Generator().manual_seed(SEED)).chunk(2)
close = nearest(decoder[half[0]], decoder[half[1]], draw)
print(f"mean cosine of half of the latents with the nearest of the other half: {close.mean:.2f}; rotated: "
      f"{between(close.control, '.2f')}")  # fmt: skip

# %% [markdown]
# ## 7. Take it out
# A label says when a latent fires, not what the model does with it. So we take the first latent's contribution out,
# value times decoder direction, at every position where it fires, and see what the next-token prediction loses.
# Everything else in the row stays, the dictionary's error too. Two controls of the same size at the same places: random
# directions (20 of them), and the direction of another latent, the strongest of those that are active in that row.
# We look at the positions where the label's detector says yes (the threshold of step 5), in the half of the documents
# that had no part in choosing it.

# %%
label = names[next_is]
word = label.name.removeprefix("next is ")
token = next(int(one) for one in fresh.tokens.unique() if repr(corpus.decode([int(one)])) == word)
by_position = torch.zeros(*fresh.tokens.shape, len(latents[0]))  # [window, position, latent]
by_position[fresh.kept] = latents
reported = torch.zeros(fresh.rows, dtype=torch.bool)
reported[found.halves.reporting] = True
looked_at = torch.zeros_like(fresh.kept)
looked_at[fresh.kept] = reported & (latents[:, next_is] >= max(label.threshold, 1e-9))
windows = looked_at.any(1).nonzero()[:, 0]
by_position, looked_at = by_position[windows], looked_at[windows]
unit = torch.nn.functional.normalize(decoder, dim=1)
size = by_position[..., [next_is]] * decoder[next_is].norm()  # [window, position, 1]: the length of what is taken out
by_position[..., next_is] = 0


def predicted(taken: torch.Tensor) -> torch.Tensor:
    """Log-probabilities of the next token [row, token] where we look, after taking something out of the stream."""
    with interp.edited(model, interp.add(middle, taken, scale=-1.0)), torch.no_grad():
        return model(fresh.tokens[windows].long())[looked_at].log_softmax(-1)


before = predicted(torch.zeros(model.width))
drawn = random_directions(20, model.width, draw).float()
after = {
    "this latent": [predicted(size * unit[next_is])],
    "the strongest other": [predicted(size * unit[by_position.argmax(-1)])],
    "random directions": [predicted(size * direction) for direction in drawn],
}

# %%
_, place = torch.unique(fresh.documents[windows][looked_at], return_inverse=True)


def by_document(values: torch.Tensor) -> Interval:
    """The mean over rows, with its interval over documents."""
    sums = torch.zeros(int(place.max()) + 1, dtype=torch.float64).index_add(0, place, values.double())
    return bootstrap(sums.numpy(), torch.bincount(place).numpy(), draw)


old = before[:, token].exp()
share = size[looked_at].mean() / rows.norm(dim=1).mean()
lines = [f"latent {next_is}, '{label.name}': {len(before)} rows of {by_document(old).n} documents"]
lines.append(f"what is taken out has {share:.0%} of the length of a row")
lines.append(f"P({word}) before: {between(by_document(old))}\n")
lines.append(f"{'taken out':22}{'change of P(' + word + ')':28}{'KL from before, nats'}")
for name, runs in after.items():
    change = torch.stack([one[:, token].exp() for one in runs]).mean(0) - old
    moved = torch.stack([(before.exp() * (before - one)).sum(1) for one in runs]).mean(0)
    lines.append(f"{name:22}{between(by_document(change), '+.1%'):28}{between(by_document(moved), '.3f')}")
print("\n".join(lines))

# %% [markdown]
# Which tokens lose and gain most, in points of probability over those rows:

# %%
lines = []
for name, runs in after.items():
    change = torch.stack([one.exp().mean(0) for one in runs]).mean(0) - before.exp().mean(0)
    for sign, verb in ((-1, "loses"), (1, "gains")):
        order = (sign * change).topk(6).indices.tolist()
        lines.append(f"{name:22}{verb}: " + ", ".join(f"{corpus.decode([t])!r} {100 * change[t]:+.1f}" for t in order))
print("\n".join(lines))
folder.cleanup()

# %% [markdown]
# What the latent writes is used if taking it out costs the labelled token probability that a push of the same length
# elsewhere does not. How much it costs is another matter: where the prediction mostly stays, the model had the same
# from somewhere else (other latents of the row, the dictionary's error, the attention of later blocks). Compare also
# the direct outputs on the latent's page with the tokens that lose here: the page follows one path through the final
# norm, the edit all of them.

# %% [markdown]
# ## 8. What was not shown
# - **One dictionary.** One seed, one width, one k, one depth. Dictionaries of other seeds share only a part of their
#   latents; `interp.matching.paired` measures which part, and the experiment `interp run dictionaries` reports it.
# - **Little text.** The first thousand modules by name are a few libraries, not the corpus, and some tens of documents
#   judge it. The intervals know how many there are; they do not know that their libraries are the same ones.
# - **A small model.** Four blocks of width 128. What its latents look like says little about models that know more.
# - **Labels of one token.** Of 1,024 latents at most 192 can have one here. The others mean something else, or nothing.
# - **The random page is the honest one.** If it reads worse than the two chosen ones, it stands for more latents.
# - **An edit at one site** goes off the distribution that the later blocks know, and so do its controls.
