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
# # Which tokens wake which latents
#
# Tools that show dictionaries start from a latent and list its tokens. Zhang, Lin & Li 2025 ask the other way round: a
# few *function tokens* - the most frequent ones, which make up 40 % of a text - reach most of all latents. So here is
# the graph from tokens to latents, for a small dictionary of `docs-small`, and beside every number what being frequent
# does alone: a token that stands everywhere meets every latent sooner or later.

# %%
# %matplotlib inline
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import torch

import interp
from experiments.language.corpus import held_out
from interp import plots
from interp.dictionaries import TopK, Training, train
from interp.text import Corpus, documents
from interp.token_classes import TokenSet, TokenStatistics, pieces
from interp.token_graph import controls, gathered, independence, nulls, rarefaction
from interp.token_graph.coverage import by_frequency, coverage
from interp.token_graph.events import build, events

DOCUMENTS, CONTEXT, WIDTH, SEED = 1500, 128, 4096, 0
model = interp.load("docs-small", device="cpu")
work, rng = Path(mkdtemp()), np.random.default_rng(SEED)

# %% [markdown]
# ## 1. Function tokens
#
# The rule of the paper: sort by frequency, take tokens until they cover 40 %. It asks for no grammar.

# %%
corpus = Corpus.of(islice(documents("documentation", quiet=True), DOCUMENTS), model.tokenizer, "documentation")
apart = held_out(corpus.names, 0.1)
kept_back = torch.tensor([number in apart for number in range(len(corpus))])
numbers = torch.arange(len(corpus))
text, fresh = (corpus.part(numbers[side]).sequences(CONTEXT) for side in (~kept_back, kept_back))
statistics = TokenStatistics.of(text, model.vocabulary)
function = TokenSet.by_coverage(statistics, 0.40)
parts = pieces(model.tokenizer, model.vocabulary)
names = [(piece or "special").replace(" ", "_").replace("\n", "\\n") for piece in parts]
print(f"{len(function)} of {model.vocabulary:,} tokens make {function.share(statistics):.1%} of {statistics.tokens:,}:")
print("  ".join(names[token] for token in by_frequency(statistics.occurrences.numpy())[: len(function)]))

# %% [markdown]
# ## 2. A dictionary, and its graph
#
# Documents that the dictionary has not seen are read once; an edge says that a latent fires on some occurrence of a
# token, and its count on how many.

# %%
middle = interp.resid(model.depth // 2)
store = interp.harvest(model, text, [middle], work / "store", quiet=True)
facts = {"model_name": model.name, "hook_name": middle.name}
training = Training(rows=300_000, batch=2048, dead_after=50_000, sample=2**14, log_every=10, checkpoint_every=100)
stream = store.stream(middle, 2048, seed=SEED)
made = work / "made"
dictionary = train(stream, TopK(WIDTH, k=8), seed=SEED, training=training, out=made, metadata=facts, quiet=True)
graph = build(model, dictionary, middle, fresh)
occurrences = gathered(fresh, events(model, dictionary, middle, fresh), vocabulary=model.vocabulary, width=WIDTH)
alive = int(graph.alive.sum())
print(f"{graph.occurrences.sum():,} tokens, {len(graph.latents):,} edges, {alive:,} of {WIDTH:,} latents alive")

# %% [markdown]
# From a token to its latents, by *specificity*: how much of a latent's activity lies at the token, over the token's
# share of the text.

# %%
for word in (" the", ",", " tensor"):
    (token,) = model.tokenizer(word).input_ids[:1]
    ranked = graph.latents_of(token)
    top = ", ".join(f"{latent} (x{score:.0f})" for latent, score in list(zip(*ranked, strict=True))[:4])
    print(f"{names[token]:8} {graph.occurrences[token]:6,} times, {graph.degrees[token]:5,} latents: {top}")

# %% [markdown]
# ## 3. Ten tokens reach most latents. So would any ten tokens as frequent
#
# The published number, and what it lacks: labels of tokens shuffled over all positions. The mean of that is known in
# closed form, its range is drawn.

# %%
order = by_frequency(graph.occurrences, 100)
seen = coverage(graph, order).of_alive
chance = nulls.coverages(occurrences, order, rng, draws=10).band()
closed = independence.expected_coverage(graph.latent_counts, graph.occurrences, order)
other = controls.random_tokens(graph.occurrences, 100, rng, ~function.mask.numpy())
steps = np.arange(1, 101)
ax = plots.axes(5.6, 3.4)
ax.plot(steps, chance.mean, color="#555555", linestyle="--", label="tokens shuffled")
ax.fill_between(steps, chance.low, chance.high, color="#555555", alpha=0.2, linewidth=0)
ax.plot(steps, seen, label="most frequent tokens")
ax.plot(steps, coverage(graph, other).of_alive, label="random content tokens")
ax.set(xscale="log", xlabel="tokens", ylabel="share of alive latents", ylim=(0, 1))
ax.legend(frameon=False)
print(f"first ten: {seen[9]:.1%}, shuffled {chance.mean[9]:.1%} (closed form {closed[9]:.1%})")
ax.figure

# %% [markdown]
# They reach *fewer* latents than as many occurrences of anything would: frequent tokens are less varied than the text.
#
# ## 4. At equal occurrences
#
# The fair question: how many latents do 20 random occurrences of a function token reach, and how many 20 of a content
# token?

# %%
sizes = np.array([1, 2, 5, 10, 20])
curves = rarefaction.by_class(
    rarefaction.rarefied(graph, sizes), {"function": function.mask.numpy(), "content": ~function.mask.numpy()}, rng
)
anything = independence.reached(graph.latent_counts, sizes, int(graph.occurrences.sum()))
ax = plots.axes(5.6, 3.4)
for name, curve in curves.items():
    ax.plot(sizes, [one.value for one in curve], marker="o", label=f"{name} tokens")
    ax.fill_between(sizes, [one.low for one in curve], [one.high for one in curve], alpha=0.2, linewidth=0)
ax.plot(sizes, anything, color="#555555", linestyle="--", label="any occurrences")
ax.set(xlabel="occurrences", ylabel="latents reached")
ax.legend(frameon=False)
ax.figure

# %% [markdown]
# Function tokens do reach more than content tokens at equal occurrences, and both far fewer than as many occurrences of
# anything: every token has latents of its own.
#
# One small dictionary, one text, one seed. `interp run function_tokens/graph` asks at every depth, of an untrained
# model, of wider and sparser dictionaries; `function_tokens/retrieval` asks whether latents come back at function
# tokens, `steering` whether adding one there changes what is written, and `consolidation` follows the model's training.
# What was *not* shown: that a latent fires *because of* a token. The graph counts where, and not why.
