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
# # Make the tokens wait
#
# A model reads `12+7=` and says `19`. Which tokens have to work for that, and when? Mamidanna et al. 2025 let the
# first blocks *wait*: they put a mean in place of whatever those blocks worked out together, and see whether the answer
# lives. Then they let only the last token look at the others, and only in a few blocks. What remains is the
# *all-for-one* subgraph, AF1(wait, transfer).
#
# Here we do it step by step on `sums-planted`, a small calculator of ours. **Its circuit was planted by training**, so
# we know what must come out: two of its four blocks wait, one transfers. At the end the same on `sums-plain`, which was
# trained as usual.

# %%
# %matplotlib inline
import numpy as np
import torch

import interp
from experiments.mental_math.prompts import encode
from experiments.mental_math.tasks import allowed, task
from interp import plots
from interp.ablation.boundaries import conditional, plain_mean, same_token
from interp.last_token import AllForOne, Engine, faithfulness, kept, knockout_edits, reference, sweep, wait_only

model = interp.load("sums-planted")
model

# %% [markdown]
# ## 1. Questions, and what the model says
#
# Prompts of one task are equally long, and every number is one token: a position means the same in all of them.

# %%
adding = task("A+B")
rows = np.random.default_rng(0).permutation(allowed(adding, 0, 19, (0, 99)))
prompts = encode(model, [adding.text(row) for row in rows], adding.answers(rows).tolist())
fit, report = prompts.part(torch.arange(300)), prompts.part(torch.arange(300, 400))
full = model(report.tokens)[:, -1].argmax(-1)
right = (full == report.answers).double().mean().item()
print(model.tokenizer.decode(report.tokens[0, 1:]), "->", model.tokenizer.decode(full[:1]), f"   right: {right:.1%}")

# %% [markdown]
# ## 2. A mean that knows the token and nothing else
#
# `conditional_means` runs the prompts once and keeps, for every token at every position and depth, the mean state over
# the prompts it occurs in. At depth 0 that mean *is* the state; the deeper, the more of the prompt is averaged away.
# How much of a state is not its mean?

# %%
means = interp.conditional_means(model, fit.tokens)
sites = [interp.resid(depth) for depth in range(model.depth + 1)]
acts = interp.capture(model, report.tokens, sites)
slots = ["<bos>", "A", "+", "B", "="]
rest = torch.stack(
    [(acts[one] - means.at(one, report.tokens)).pow(2).sum((0, 2)) / acts[one].pow(2).sum((0, 2)) for one in sites]
).numpy()
lines = {f"at {name}": plots.curve([[value] * 3 for value in rest[:, slot]]) for slot, name in enumerate(slots)}
plots.by_depth(range(model.depth + 1), lines, ylabel="share of the state\nthat context made", percent=True).figure

# %% [markdown]
# `<bos>` and the first number have nothing but themselves to know. The others take in what came before.
#
# ## 3. How long can everybody wait?
#
# Put the conditional means at one depth, let everything after it run as usual, and count the answers that survive.
# Beside it: the plain mean, which forgets even the token, and the state of another prompt with the same token there.

# %%
boundaries = {
    "conditional mean": conditional(means),
    "another prompt's, same token": same_token(model, fit.tokens, torch.Generator().manual_seed(0)),
}


def waited(boundary: object) -> list[list[float]]:
    said = [wait_only(model, report.tokens, wait, boundary).argmax(-1) for wait in range(model.depth + 1)]
    found = [faithfulness(each, full, report.answers, np.random.default_rng(0)) for each in said]
    return [list(each.faithful) for each in found]


lines = {name: plots.curve(waited(boundary)) for name, boundary in boundaries.items()}
control = {"plain mean (control)": plots.curve(waited(plain_mean(means)))}
plots.by_depth(
    range(model.depth + 1), lines, controls=control, xlabel="blocks that wait", ylabel="answers kept", percent=True
).figure

# %% [markdown]
# Flat, then a cliff: after two blocks nothing is lost, because nothing that the answer needs has happened yet.
#
# ## 4. Who has to look at whom?
#
# After the boundary every token sees only itself and the first token, but for the last one, which may look at
# everybody for `transfer` blocks. The engine runs all settings; each square is one subgraph.

# %%
engine = Engine(model, means)
scores = kept(sweep(engine, report.tokens), full, report.answers)
ax = plots.axes(4.8, 4.0)
image = ax.imshow(scores, cmap="cividis", vmin=0, vmax=1)
for wait, transfer in np.argwhere(np.isfinite(scores)):
    ink = "black" if scores[wait, transfer] > 0.5 else "white"
    ax.text(transfer, wait, f"{scores[wait, transfer]:.2f}", ha="center", va="center", fontsize=8, color=ink)
ax.set(xlabel="blocks that transfer", ylabel="blocks that wait")
ax.grid(False)
bar = ax.figure.colorbar(image, label="answers kept")
ax.figure

# %% [markdown]
# The square (2, 1) works; a longer wait or a shorter transfer and the answer is gone. Many squares with a shorter wait
# work too: what is claimed is the longest wait and the least transfer, not that there is one subgraph only.
#
# The engine runs one token a prompt where the plain way edits the whole model. Is it the same?

# %%
setting = AllForOne(wait=2, transfer=1)
slow = reference(model, report.tokens, setting, conditional(means))
print(f"largest difference of a logit: {(engine.logits(report.tokens, setting) - slow).abs().max():.1e}")

# %% [markdown]
# ## 5. Is it necessary?
#
# The whole model, with one thing missing: in one block the last token cannot look at the others.

# %%
for layer in range(model.depth):
    with interp.edited(model, *knockout_edits([layer], report.tokens.shape[1])):
        said = model(report.tokens)[:, -1].argmax(-1)
    left = faithfulness(said, full, report.answers, np.random.default_rng(0)).faithful.value
    print(f"without looking in block {layer}: {left:.1%}")

# %% [markdown]
# ## 6. And where nothing was planted?
#
# `sums-plain` was trained on sums as any model is. Its tokens begin to mix in the first block.

# %%
plain = interp.load("sums-plain")
again = encode(plain, [adding.text(row) for row in rows], adding.answers(rows).tolist())
fitted, asked = again.part(torch.arange(300)), again.part(torch.arange(300, 400))
own = interp.conditional_means(plain, fitted.tokens)
says = plain(asked.tokens)[:, -1].argmax(-1)
print(f"right: {(says == asked.answers).double().mean():.1%}")
np.round(kept(sweep(Engine(plain, own), asked.tokens), says, asked.answers), 2)

# %% [markdown]
# No setting that waits keeps the answers. That is our finding about small models, not the paper's about large ones:
# `interp run mental_math/when_models_wait` asks it of ten models, and `interp run mental_math/all_for_one` runs the
# whole set of tasks, with intervals and controls. What was *not* shown here: that a language model waits. For that the
# same code takes a hub name, and a GPU.
