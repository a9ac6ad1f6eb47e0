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
# # The weights that guess the next token from this one
#
# The simplest thing that a language model can know is which token follows which. Chang & Bergen 2025 search a model
# for a small set of weights, a *subnetwork*, that does just this: with all other weights of attention and MLPs at
# zero, what is left predicts like a table of bigrams. Here we search `docs-small` (4 blocks, 786,432 weights to choose
# from) for one of 5 % of them, and then ask what the paper asks: where is it, what does it do to the residual stream,
# and what is lost without it. Beside every number stands a subnetwork of equal size that was not searched for.

# %%
# %matplotlib inline
from itertools import islice

import numpy as np
import torch

import interp
from experiments.language.corpus import held_out
from experiments.language.windows import Windows
from interp import plots
from interp.counts.conditional import Conditional
from interp.counts.counter import Counter
from interp.generation import generate, repetition
from interp.geometry.moments import moments
from interp.geometry.rotation import rotation
from interp.subnetworks import FromCounts, Mask, Search, ablated, located, pruned, random_like, search
from interp.surprisals import correlation, surprisals
from interp.text import Corpus, documents

DOCUMENTS, CONTEXT, STEPS, SEED = 1500, 128, 300, 0
model = interp.load("docs-small", device="cpu")
model

# %% [markdown]
# ## 1. A table of bigrams
#
# The first 1,500 modules of the documentation on this machine; a part is kept apart by name, and the model has not
# read it either. The table is what was counted, without smoothing: a pair that was never seen has the probability 0,
# and such tokens are counted and left out below.

# %%
corpus = Corpus.of(islice(documents("documentation", quiet=True), DOCUMENTS), model.tokenizer, "documentation")
apart = held_out(corpus.names, 0.04)
numbers = torch.arange(len(corpus))
kept_back = torch.tensor([number in apart for number in range(len(corpus))])
separator = corpus.codec.eos
stream = torch.cat([corpus.part(numbers[~kept_back]).sequences(1).tokens.flatten(), torch.tensor([separator])])
fresh = corpus.part(numbers[kept_back]).sequences(CONTEXT).tokens[:120].long()
table = Conditional(Counter(model.vocabulary, separator=separator).add(stream[None]).counts())
known = table.surprisals(fresh)
print(f"{len(stream):,} tokens counted; of {known.values.numel():,} tokens to judge on {known.unseen_pairs:,} follow "
      f"what they were never seen to follow")  # fmt: skip


def r(mask: Mask | None = None) -> float:
    """How the model's surprisals go with the table's on text that nobody has read."""
    if mask is None:
        return correlation(surprisals(model, fresh), known.values, ~known.values.isnan()).r
    with pruned(model, mask):
        return r()


print(f"the full model: r = {r():.3f}")

# %% [markdown]
# ## 2. The search
#
# Every weight gets a gate between 0 and 1. The gates, not the weights, are trained to bring the model's prediction near
# the table's, while lambda, the price of a gate, rises until 5 % are left; the gates harden on the way. Nothing of the
# model changes.

# %%
size = round(0.05 * Mask.full(model).size)
batches = Windows(stream, CONTEXT, 6, separator=separator, bos=0.0, seed=SEED)
found = search(
    model,
    lambda step: batches(step)[:, :CONTEXT],
    FromCounts(table),
    Search.short(STEPS, size=size),
    seed=SEED,
    quiet=True,
)
core = found.mask
print(f"{core.size:,} of {core.total:,} weights ({core.share:.1%}) after {found.step} steps")

# %%
generator = torch.Generator().manual_seed(SEED)
rivals = {
    "the subnetwork": core,
    "as many at random, matrix by matrix": random_like(model, core, generator),
    "as many of the same magnitudes": random_like(model, core, generator, match="magnitude"),
    "no weight at all": Mask.empty(model),
}
for name, mask in rivals.items():
    print(f"r = {r(mask):.3f}   {name}")

# %% [markdown]
# Embeddings, norms and biases are never masked, and "no weight at all" shows how much of the table lies there already.
#
# ## 3. Where is it?

# %%
where = located(model, core)
ax = plots.axes(5.2, 3.2)
image = ax.imshow(where.shares, cmap="cividis", vmin=0)
ax.set(xlabel="matrix", ylabel="block", xticks=range(len(where.kinds)), yticks=range(model.depth))
ax.set_xticklabels(where.kinds)
for (row, column), share in np.ndenumerate(where.shares):
    ink = "black" if share > where.shares.max() / 2 else "white"
    ax.text(column, row, f"{share:.0%}", ha="center", va="center", fontsize=8, color=ink)
ax.grid(False)
ax.figure.colorbar(image, label="share of the kept weights")
ax.figure

# %% [markdown]
# If it lay anywhere alike, each of the two MLP matrices of a block would hold 8.3 % of it, and each of q, k, v and o
# 2.1 %.
#
# ## 4. What does it do to the residual stream?
#
# Fit a linear map from the stream at each depth to the embedding of the current token, and one to what leaves the last
# block; how far do they turn? A model that goes over from "this token" to "the next token" turns away from the first
# and towards the second.

# %%
turned = {}
for name, mask in {"full model": Mask.full(model), **dict(list(rivals.items())[:2])}.items():
    with pruned(model, mask):
        turned[name] = rotation(moments(model, fresh))
for name, found_ in turned.items():
    print(f"{name:38}", "to the input", np.round(found_.to_input, 0), "to the output", np.round(found_.to_output, 0))

# %% [markdown]
# ## 5. What is lost without it?
#
# Take the subnetwork out of the full model, or as many random weights, and compare the loss on the next token; then let
# each write.

# %%
prompts = fresh[:24, :8]
for name, mask in rivals.items():
    with ablated(model, mask):
        loss = surprisals(model, fresh).mean()
        wrote = generate(model, prompts, 24, torch.Generator().manual_seed(1), temperature=0.3)
    print(f"without {name}: {loss:.2f} nats, its most frequent token is {repetition(wrote).top_share:.0%} of a text")
    print("   ", repr(model.tokenizer.decode(wrote[0])))

# %% [markdown]
# One mask, one seed, a short search, and zeros in the place of weights. `interp run bigrams/search` draws the whole
# curve of size against correlation with three seeds, `bigrams/necessity` puts means and other weights in the place of
# zeros, `bigrams/overlap` compares with subnetworks that imitate the full model, and `bigrams/development` follows
# the model's training. What was *not* shown: that the full model computes a bigram table on its way. The subnetwork
# is one that can be found in it, and neither complete nor the only one.
