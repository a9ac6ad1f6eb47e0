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
# # Edit the board inside a model
#
# A probe that reads the board shows that the board is *there*, not that the model *uses* it. To see that, change what
# is there and watch what the model does. `othello-small` has learned from lists of moves alone; here a disc changes
# its owner inside the model, at the last move of a game, and we count whether the model then plays by the changed
# board. Five steps: cases, probes, one edit, its controls, depths. The last section says what was not shown.

# %%
# %matplotlib inline
import numpy as np

import interp
from experiments.othello.dictionaries.preparing import fit_probes
from experiments.othello.edits.bench import Bench
from experiments.othello.edits.collecting import collect
from experiments.othello.edits.controls import elsewhere, random_steps, resized
from experiments.othello.edits.directions import between
from experiments.othello.edits.example import example
from experiments.othello.edits.example_panel import example_panel
from experiments.othello.edits.reference import gather
from experiments.othello.edits.rollout import Push
from experiments.othello.edits.search import Setting, best, search
from experiments.othello.edits.settings import Settings
from experiments.othello.edits.understood import understood
from experiments.othello.rules import Rules
from interp import plots

model, rules, settings = interp.load("othello-small"), Rules(), Settings(pool=24_000, choose=250, report=400)

# %% [markdown]
# ## 1. Cases
#
# A case is a game up to some move, a square with a disc on it, and the other owner that the disc shall have. The
# metric (Li et al. 2023): of the N most likely moves, N being the number of legal ones on the changed board, how many
# are wrong, counted twice as misses and false alarms. A small model is often wrong about the board as it is, and what
# it gets wrong anyway hides what an edit does. So we keep the cases where it makes no error before the edit. One half
# of the cases, from other games, is for choosing.

# %%
halves = {half: collect(rules, settings, 0, half).cases["flip"] for half in ("choose", "report")}
kept = {half: understood(model, cases, settings.batch) for half, cases in halves.items()}
{half: f"{len(kept[half])} of {len(cases)} understood" for half, cases in halves.items()}

# %% [markdown]
# ## 2. Probes
#
# A logistic probe of every square at every depth: empty, mine, theirs. Its direction from one class to the other is
# what we add, and one step is the distance between the two class means along it, so that one step moves a typical
# activation from one class to the other at any depth.

# %%
probes = fit_probes(model, rules, 400, 0, settings.batch)
reference = gather(model, rules, settings.first_ply, settings.last_ply, 0, settings.batch)

# %% [markdown]
# ## 3. One edit
#
# Which depths, and how many steps? Every window of neighbouring depths with every scale is tried on the cases for
# choosing. What we report afterwards is on the others.

# %%
chooser = Bench.of(model, kept["choose"], settings.batch, np.random.default_rng(0))
tried = search(chooser.reader, between(probes, reference, chooser.cases), chooser.legal["edited"], settings.scales)
setting = best(tried)
setting, round(tried[setting], 2)

# %%
bench = Bench.of(model, kept["report"], settings.batch, np.random.default_rng(1))
push = Push(between(probes, reference, bench.cases), setting)
panel = example_panel(example(bench, push))
display(panel.figure)
print(panel.caption)

# %% [markdown]
# ## 4. Controls
#
# Any push may change the answer. So the same is done along a random direction and along the direction of *another*
# square, each exactly as long as the edit, case by case and depth by depth, and judged by the board that the edit
# intends. `drop` is the share of the errors that is gone.

# %%
rng = np.random.default_rng(2)
answer = bench.push(push.change, setting)
others = between(probes, reference, elsewhere(bench.cases, rng))
pushed = {
    "probe": answer,
    "random direction": bench.push(random_steps(answer.sizes, model.width, rng), Setting(*setting[:2], 1.0)),
    "another square": bench.push(resized(others, answer.sizes), Setting(*setting[:2], 1.0)),
}
told = {name: bench.told(bench.count(one.logits)) for name, one in pushed.items()}
print(f"{'no edit':18} {bench.told(bench.null)['edited'].value:.2f} errors a case")
for name, one in told.items():
    print(f"{name:18} {one['edited'].value:.2f} errors a case, drop {one['drop'].value:+.0%}", end=" ")
    print(f"[{one['drop'].low:+.0%}, {one['drop'].high:+.0%}]")

# %% [markdown]
# ## 5. One depth or several
#
# What is changed at one depth the following blocks may repair from the moves before, which were not edited.

# %%
change = between(probes, reference, bench.cases)
sizes = range(1, model.depth + 2)
chosen = [best({one: value for one, value in tried.items() if len(one.depths) == size}) for size in sizes]
drops = [bench.told(bench.count(bench.push(change, one).logits))["drop"] for one in chosen]
ax = plots.curves(
    list(sizes), {"probe": plots.curve(drops)}, controls={"random direction": told["random direction"]["drop"].value},
    percent=True, xlabel="depths that are edited", ylabel="errors taken away", title="One depth is not enough?",
)  # fmt: skip
ax.figure

# %% [markdown]
# ## What was not shown
#
# - The cases are those that the model understands, about a quarter of all, with short histories among them more often.
#   On all flips its own errors are most of what is counted; `interp run othello/edits` reports both.
# - One seed of one small model. The published edits, on a model twenty times the size, leave 0.10 of 2.72 errors.
# - An edit that works shows that *this* direction is used, not that it is the only one, nor that dictionaries would not
#   do as well: the experiment compares latents, resampled planes and whole residual streams, too.
