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
# # Probe a model in an afternoon
#
# A probe is a small map from activations to something that we know and that the model was never told. Here the model is
# `othello-small`, which has read games of Othello as plain lists of moves, and the question is what stands on each of
# the 64 squares. Seven steps: load, capture, fit, control, draw, keep, and edit. Each works the same way for another
# model and other labels.

# %%
# %matplotlib inline
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Circle

import interp
from experiments.othello import tokens
from experiments.othello.boards import MINE, readings
from experiments.othello.games import BLACK
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out, legal_tokens
from interp import plots
from interp.stats import bootstrap
from probes import (
    LinearProbe,
    LogisticProbe,
    Origin,
    ProbeError,
    ProbeWarning,
    Texts,
    calibration,
    choose,
    majority,
    study,
    tally,
)

# The four centre squares are never empty, and each fit says so. It is right, we know it, and any other warning stays.
warnings.filterwarnings("ignore", message="no row had some of the 3 classes of targets 'd4'", category=ProbeWarning)

# %% [markdown]
# ## 1. A model and its questions
# 400 random games that no training run draws from: 240 to fit, 60 to decide (which depth, which penalty), 100 to judge.
# Games are never divided: positions of one game resemble each other, so a probe that has seen a neighbour is judged too
# well. The labels are relative: *mine* is the player to move next.

# %%
rules = Rules()
model = interp.load("othello-small", device="cpu")
games = held_out(rules, 400, seed=11)
boards = readings(games.trace)[:, :, MINE].long()  # [game, position, square]; -1 after the end of a game
squares, owners = tokens.names(rules), ("empty", "mine", "theirs")
to_fit, to_decide, known, unseen = slice(0, 240), slice(240, 300), slice(0, 300), slice(300, 400)
model, tuple(games.seen.shape), tuple(boards.shape)

# %% [markdown]
# ## 2. Capture
# The residual stream at every depth, in one pass over the games. Depth counts blocks: 0 is the embedding.

# %%
sites = [interp.resid(depth) for depth in range(model.depth + 1)]
acts = interp.capture(model, games.seen, sites, batch=100)
played = boards[:, :, 0] >= 0
number = torch.arange(len(boards))[:, None].expand(played.shape)
ply = torch.arange(played.shape[1]).expand(played.shape)


def rows(values: torch.Tensor, part: slice) -> torch.Tensor:
    """One row for each position that was played in some of the games."""
    return values[part][played[part]]


{f"depth {depth}": tuple(acts[site].shape) for depth, site in enumerate(sites)}

# %% [markdown]
# ## 3. Fit: screen first, then the final probe
# `LinearProbe` is least squares in closed form: one Cholesky factor for 64 squares, a fraction of a second a depth.
# That is enough to see where to look. The floor is what is known without any activation: the most frequent owner of
# each square at each ply. Bands are 95 % over games.

# %%
draw = np.random.default_rng(0)
screened = [
    LinearProbe(targets=squares, classes=owners).fit(rows(acts[site], to_fit), rows(boards, to_fit)) for site in sites
]
wanted, by_game = rows(boards, to_decide), rows(number, to_decide)
found = [
    bootstrap(*tally(probe.predict(rows(acts[site], to_decide)), wanted, by=by_game).labels, draw)
    for probe, site in zip(screened, sites, strict=True)
]
floor = majority(rows(boards, to_fit), rows(ply, to_fit)).predict(rows(ply, to_decide))
plots.by_depth(
    range(model.depth + 1),
    {"linear probe": plots.curve(found)},
    controls={"majority of square and ply": tally(floor, wanted).accuracy.per_label},
    percent=True,
    ylabel="squares read right",
).figure

# %% [markdown]
# The last three depths are close to each other. We take the best one and fit `LogisticProbe` there, which has real
# probabilities. How much its weights are held back (`ridge`) is chosen by cross-entropy on a fifth of the 300 games,
# drawn by whole games; then it is fitted to all of them.

# %%
best = max(range(len(sites)), key=lambda depth: found[depth].value)
site = sites[best]
template = LogisticProbe(targets=squares, classes=owners, origin=Origin.of(model, site))
choice = choose(
    template, rows(acts[site], known), rows(boards, known), rows(number, known),
    generator=torch.Generator().manual_seed(0), ridges=(1e-5, 1e-4, 1e-3),
)  # fmt: skip
probe = choice.probe
print(f"depth {best}, ridge {choice.ridge:g}; {choice.measure} on games that were held back:")
for ridge, score in choice.scores.items():
    print(f"  ridge {ridge:g}: {score:.4f} nats")

# %% [markdown]
# Do the probabilities mean what they say? Of the squares on which the probe is 80 % sure, 80 % should be right.

# %%
probabilities = probe.predict_proba(rows(acts[site], unseen))  # [row, square, owner]
sure = calibration(probabilities, rows(boards, unseen))
seen = sure.counts > 0
held_true = sure.accuracy[seen].numpy()
plots.curves(
    sure.confidence[seen].numpy(),
    {"probe": plots.Curve(held_true, held_true, held_true)},
    controls={"what is said comes true": plots.Curve(*[sure.confidence[seen].numpy()] * 3)},
    percent=True,
    xlabel="how sure the probe is",
    ylabel="squares read right",
    title=f"off by {100 * sure.error:.1f} points on average",
).figure

# %% [markdown]
# Almost: wherever the probe is not quite sure it is a little too sure.

# %% [markdown]
# ## 4. The controls
# An accuracy alone says little: boards are easy to guess, and a probe can learn things by itself. `study` fits the same
# probe again under conditions in which the model cannot have helped, and puts the scores side by side.

# %%
score = study(
    model, Texts(games.seen[known], boards[known]), Texts(games.seen[unseen], boards[unseen]), [site],
    LogisticProbe(choice.ridge, squares, owners), seed=0, batch=100,
)[site.name].score  # fmt: skip
table = {
    "squares read right": score.per_label,
    "whole boards read right": score.per_row,
    "majority of square and ply": score.majority,
    "shuffled labels": score.shuffled,
    "random weights": score.random,
    "control task": score.memorised,
    "selectivity": score.selectivity,
}
print(f"{'depth ' + str(best):28}{'':>6}   95 % over {score.per_label.n} games")
for name, (value, low, high, _) in table.items():
    print(f"{name:28}{value:6.1%}   {low:.1%} to {high:.1%}")

# %% [markdown]
# - **Squares read right**: each square of each position counts once. **Whole boards**: all 64 at once. The second is
#   the honest picture of how well the board is known; the first is what papers give.
# - **Majority of square and ply**: an answer that looks at no activation. Only what lies above it needs the model.
# - **Shuffled labels**: the same probe on the labels of other positions. It can find nothing but how frequent the
#   owners are, so anything higher would be a leak.
# - **Random weights**: the same probe on a model that learned nothing. What it finds is what the moves themselves give
#   away, without anybody having worked out a board.
# - **Control task** (Hewitt and Liang 2019): one board drawn at random for each pair of move and ply. The probe can
#   only learn these by heart, and this is how far that takes it.
# - **Selectivity**: the first row less the control task. What remains was read, not memorised.
#
# None of this says that the model *uses* what is read. That takes step 7.

# %% [markdown]
# ## 5. Draw a board
# One position of the first game that was not used so far: the true board, and what the probe believes. Purple is mine,
# orange theirs, grey empty; the number is P(mine) - P(theirs). Red rings: what it holds most likely is wrong.

# %%
first, move = unseen.start, 20
true = boards[first, move]
belief = probe.predict_proba(acts[site][first, move][None])[0]  # [square, owner]
signs = torch.tensor([np.nan, 1.0, -1.0])
figure = Figure(figsize=(9.6, 4.2), layout="constrained")
left, right = figure.subplots(1, 2)
plots.board_map(signs[true].view(8, 8).numpy(), left, title="the board", limits=(-1, 1), centre=0, form="+.0f")
signed = torch.where(belief.argmax(1) > 0, belief[:, 1] - belief[:, 2], torch.nan)
plots.board_map(
    signed.view(8, 8).numpy(), right, title="what the probe believes", limits=(-1, 1), centre=0, form="+.2f"
)
missed = (belief.argmax(1) != true).nonzero().flatten().tolist()
for square in missed:
    right.add_patch(Circle((square % 8, square // 8), 0.45, fill=False, ec="red", lw=1.5))
figure

# %%
for square in missed:
    chances = ", ".join(f"{owner} {chance:.2f}" for owner, chance in zip(owners, belief[square].tolist(), strict=True))
    print(f"{squares[square]} is {owners[true[square]]}; the probe says {chances}")

# %% [markdown]
# Two of the mistakes are coin tosses, which the probabilities say; the one at f1 is made with confidence. The model is
# small, and 13 of 100 squares are read wrong: whoever builds on single squares has to reckon with it.

# %% [markdown]
# ## 6. Keep it
# A probe is one safetensors file: weights, names, settings, and where it belongs. Directions of one depth mean nothing
# at another one or in another model, and nothing would crash; so ask with `require` before you use one.

# %%
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "board.safetensors"
    probe.save(path)
    kept = LogisticProbe.load(path)
    same = torch.equal(kept.weight, probe.weight)
    lines = [f"{path.name}: {path.stat().st_size / 1024:.0f} KiB, the same weights: {same}"]

kept.require(model, site)  # says nothing: it belongs here
for other, where in ((model, sites[1]), (interp.random_weights(model, 0), site)):
    try:
        kept.require(other, where)
    except ProbeError as error:
        lines.append(f"refused: {error}")
print("\n".join(lines))

# %% [markdown]
# ## 7. Edit one tile
# If the model uses the board that the probe reads, then a model whose board is edited must play by the edited board. In
# the position above, take the opponent's disc whose change of hands would make most moves legal. Push the residual
# stream, at the last position and two depths before the probe's, along "mine, not theirs" at that square. The rules
# then say which moves should appear and which should vanish.

# %%
black_next = games.trace.next_mover[first, move] == BLACK
sides = (games.trace.black, games.trace.white) if black_next else (games.trace.white, games.trace.black)
mine, theirs = (side[first, move : move + 1] for side in sides)


def by_the_rules(disc: np.uint64) -> torch.Tensor:
    """Which tokens are legal when this disc of theirs (a bit; 0 for none) is mine."""
    return legal_tokens(rules, rules.legal(mine | disc, theirs & ~disc))[0]


real = by_the_rules(np.uint64(0))
theirs_now = (true == 2).nonzero().flatten().tolist()
edited_rules = {square: by_the_rules(np.uint64(1 << square)) for square in theirs_now}
tile = max(theirs_now, key=lambda square: int((edited_rules[square] & ~real).sum()))
changed = edited_rules[tile]
new, gone = changed & ~real, real & ~changed
word = [""] + [squares[square] for square in rules.playable]


def named(mask: torch.Tensor) -> str:
    return " ".join(word[token] for token in mask.nonzero().flatten().tolist()) or "none"


print(f"{squares[tile]} becomes mine. New legal moves: {named(new)}. No longer legal: {named(gone)}.")

# %% [markdown]
# `probe.direction(square, owner)` is the unit vector along which that owner gains on the others; the difference of two
# leads from one to the other. How hard to push is decided by the probe and not by the moves we hope for: the smallest
# size at which the final probe, which stands after both pushes, gives "mine" 95 %. Sizes are in standard deviations of
# the stream. Two controls of the same length go beside it: the same push for those other discs of theirs that by the
# rules would leave these four moves as they are, and 20 random directions.

# %%
pushed_at = [best - 2, best - 1]
spread = {depth: acts[sites[depth]].std().item() for depth in pushed_at}
start = games.seen[first : first + 1, : move + 1]


def flips(tiles: list[int]) -> dict[int, torch.Tensor]:
    """From theirs to mine, as the screening probes of the two depths see it: unit vectors [tile, width] by depth."""
    gaps = {
        d: torch.stack([screened[d].direction(t, "mine") - screened[d].direction(t, "theirs") for t in tiles])
        for d in pushed_at
    }
    return {d: torch.nn.functional.normalize(gap) for d, gap in gaps.items()}


def push(vectors: dict[int, torch.Tensor], size: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The next move [vector, token] and the belief [vector, square, owner], each vector in a copy of the position."""
    copies = start.expand(len(vectors[pushed_at[0]]), -1)
    edits = [interp.add(sites[d], vectors[d], scale=size * spread[d], at=-1) for d in pushed_at]
    with interp.edited(model, *edits), torch.no_grad():
        held = interp.capture(model, copies, site, at=-1)[site]
        return model(copies)[:, -1].softmax(-1), probe.predict_proba(held)


generator = torch.Generator().manual_seed(0)
noise = {d: torch.nn.functional.normalize(torch.randn(20, model.width, generator=generator)) for d in pushed_at}
quiet = [t for t in theirs_now if torch.equal(edited_rules[t][new | gone], real[new | gone])]
along = {squares[tile]: flips([tile]), f"{len(quiet)} other discs": flips(quiet), "20 at random": noise}
sizes = [0, 1, 2, 3, 4, 6, 8, 10]
chosen = next(size for size in sizes if push(flips([tile]), size)[1][0, tile, 1] >= 0.95)
lines = [f"the smallest size at which the probe gives {squares[tile]} to me: {chosen}\n"]
lines += ["push along       size   P(mine)   new moves   gone moves   other squares read otherwise"]
for name, vectors in along.items():
    for size in sizes:
        moves, held = push(vectors, size)
        otherwise = held.argmax(-1) != belief.argmax(-1)
        otherwise[:, tile] = False
        fresh, stale = ((moves * mask).sum(-1).mean() for mask in (new, gone))
        sight, spoilt = held[:, tile, 1].mean(), otherwise.sum(-1).float().mean()
        lines.append(f"{name:16}{size:5}{sight:10.2f}{fresh:12.1%}{stale:13.1%}{spoilt:31.1f}")
    lines.append("")
print("\n".join(lines))

# %% [markdown]
# The moves follow the edit, and neither control does this: at size 2 the moves that must go lose more than half of
# their probability, and the new ones gain half as much again. But the edit is far from clean. The probe changes its
# mind at once, the moves only gradually. And it does not touch one disc alone: already at size 2 ten other squares are
# read otherwise, against six and two in the controls. From size 6 on even a random push garbles a sixth of the board,
# so that the far end of the table says less than its numbers promise.

# %% [markdown]
# The same as boards: the probability of the next move before, at that size, and at four times it. The rings are the
# legal moves: of the edited board in the two maps at the top right, of the real one in the others.


# %%
def draw_moves(ax: object, probabilities: torch.Tensor, legal: torch.Tensor, title: str) -> None:
    """A map of the next move; a ring where it is legal."""
    on_board = np.full(rules.squares, np.nan)
    on_board[rules.playable] = probabilities[1:].numpy()
    plots.board_map(on_board.reshape(8, 8), ax, title=title, limits=(0, 0.15))
    for token in legal.nonzero().flatten().tolist():
        row, column = divmod(int(rules.playable[token - 1]), 8)
        ax.add_patch(Circle((column, row), 0.45, fill=False, ec="red", lw=1.5))


at_random = {d: vectors[:1] for d, vectors in noise.items()}
figure = Figure(figsize=(13.2, 7.8), layout="constrained")
panels = figure.subplots(2, 3)
draw_moves(panels[0, 0], push(flips([tile]), 0)[0][0], real, "before")
answer = np.full(rules.squares, np.nan)
answer[rules.playable] = torch.where(changed | real, new.float() - gone.float(), torch.nan)[1:].numpy()
plots.board_map(
    answer.reshape(8, 8), panels[1, 0], title="the rules: 1 new, 0 stays, -1 gone", limits=(-1, 1), centre=0, form=".0f"
)
for column, size in enumerate((chosen, 4 * chosen), start=1):
    draw_moves(panels[0, column], push(flips([tile]), size)[0][0], changed, f"{squares[tile]} is mine, size {size}")
    draw_moves(panels[1, column], push(at_random, size)[0][0], real, f"a random direction, size {size}")
figure

# %% [markdown]
# Of the new moves d1 was likely from the start, though it was not legal: such are the mistakes of a small model. Pushed
# four times as hard, d1 and f7 are both as likely as other legal moves, and b2 and a3 are gone; the random direction at
# that size spoils the moves anywhere.
#
# Was this disc a lucky one? Every disc of theirs in turn, each at the size chosen above, against its own edited board.

# %%
lines = ["disc   new moves: before, after   gone moves: before, after   legal on the edited board: before, after"]
for square in theirs_now:
    legal = edited_rules[square]
    before, after = (push(flips([square]), size)[0][0] for size in (0, chosen))
    cells = [
        f"{(before * mask).sum():.1%} {(after * mask).sum():6.1%}" if mask.any() else "none"
        for mask in (legal & ~real, real & ~legal, legal)
    ]
    lines.append(f"{squares[square]:4}{cells[0]:>27}{cells[1]:>28}{cells[2]:>43}")
print("\n".join(lines))

# %% [markdown]
# It was not. New moves gain with every disc; those that must go lose with every disc but f5; all legal moves of the
# edited board together gain with all but a2 and d5. So the model does use the board that a linear probe reads from it.
# But a push along one direction bends its answer and does not replace it, and this is one position: the notebook
# `look_inside` does the same in 200 games.
