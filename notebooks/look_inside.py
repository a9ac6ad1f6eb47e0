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
# # Look inside a model
#
# `othello-small` has read a million random games of Othello as plain lists of moves. Nobody told it that there is a
# board. In ten minutes: read its residual stream depth by depth, find the board in it, change its mind about one
# square, and cut attention edges.

# %%
# %matplotlib inline
import numpy as np
import torch
from matplotlib.patches import Circle

import interp
from experiments.othello import labels, tokens
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out, legal_tokens
from interp import plots
from probes import LinearProbe, accuracy

rules = Rules()
model = interp.load("othello-small", device="cpu")
model

# %% [markdown]
# ## What it plays
# A position of a game it has never seen, the legal moves there, and the probabilities that the model gives.

# %%
games = held_out(rules, 400, seed=7)
game, ply = 0, 20
probabilities = model(games.seen[game : game + 1])[0, ply].softmax(-1).detach()
on_board = np.full(rules.squares, np.nan)
on_board[rules.playable] = probabilities[1:].numpy()
ax = plots.board_map(on_board.reshape(8, 8), title="probability of the next move", limits=(0, 0.2))
for token in games.legal[game, ply].nonzero().flatten().tolist():
    row, column = divmod(int(rules.playable[token - 1]), 8)
    ax.add_patch(Circle((column, row), 0.45, fill=False, ec="red", lw=1.5))
ax.figure

# %% [markdown]
# The red circles are the legal moves. Which were known how early? The logit lens asks every depth.

# %%
lens = interp.logit_lens(model, games.seen[:100])
legal = games.legal[:100, :-1]
rates = [legal.gather(-1, row.argmax(-1, keepdim=True))[legal.any(-1)].float().mean().item() for row in lens]
{f"depth {depth}": f"{rate:.1%}" for depth, rate in enumerate(rates)}

# %% [markdown]
# ## Where the board is
# Capture the residual stream at every depth and fit one closed-form linear probe for all 64 squares at once: is a
# square empty, mine (of the player to move next), or theirs?

# %%
sites = [interp.resid(depth) for depth in range(model.depth + 1)]
acts = interp.capture(model, games.seen, sites, batch=100)
boards = torch.from_numpy(labels.relative(games.trace)[:, :-1]).long()
boards[~torch.from_numpy(games.trace.played[:, :-1])] = -1

squares, owners = tokens.names(rules), ("empty", "mine", "theirs")
probes, found = [], []
for site in sites:
    probe = LinearProbe(targets=squares, classes=owners).fit(acts[site][:300].flatten(0, 1), boards[:300].flatten(0, 1))
    probes.append(probe)
    found.append(accuracy(probe.predict(acts[site][300:].flatten(0, 1)), boards[300:].flatten(0, 1)).per_label)
plots.by_depth(
    range(model.depth + 1),
    {"linear probe": plots.curve([(share,) * 3 for share in found])},
    controls={"always empty": float((boards[300:] == 0).sum() / (boards[300:] >= 0).sum())},
    percent=True,
    ylabel="squares read right",
).figure

# %% [markdown]
# ## Change its mind
# A direction that a probe reads is only interesting if the model uses it. In each of 200 games, take the disc of the
# opponent whose change of hands would make most moves legal, and push the residual stream at the last position along
# "mine, not theirs" at its square, in the later half of the depths. If the model uses the direction, its moves follow
# a board that is not there: probability goes to moves that only the changed board allows, and leaves those that it
# forbids. The control is a random direction of the same norm for every game.

# %%
black_next = games.trace.next_mover[:200, ply] == 0
black, white = games.trace.black[:200, ply], games.trace.white[:200, ply]
mine, theirs = np.where(black_next, black, white), np.where(black_next, white, black)


def allowed(disc: np.ndarray) -> torch.Tensor:
    """Which tokens are legal with one disc of the opponent's (a bit; 0 for none) turned into mine."""
    return legal_tokens(rules, rules.legal(mine | disc, theirs & ~disc)[None])[0]


real = allowed(np.zeros(200, np.uint64))
turned = torch.stack([allowed(np.uint64(1 << square) & theirs) for square in range(rules.squares)])
disc = (turned & ~real).sum(-1).argmax(0)
changed = turned[disc, torch.arange(200)]
start, depths = games.seen[:200, : ply + 1], range(model.depth // 2, model.depth)


def pushed(vectors: list[torch.Tensor], scale: float) -> torch.Tensor:
    """The next-move probabilities while the residual stream is pushed at the last position, game by game."""
    size = {d: scale * acts[interp.resid(d)].std().item() for d in depths}
    edits = [interp.add(interp.resid(d), v, scale=size[d], at=-1) for d, v in zip(depths, vectors, strict=True)]
    with interp.edited(model, *edits), torch.no_grad():
        return model(start)[:, -1].softmax(-1)


def unit(vectors: torch.Tensor) -> torch.Tensor:
    """The vectors at norm 1."""
    return vectors / vectors.norm(dim=-1, keepdim=True)


generator = torch.Generator().manual_seed(0)
noise = [unit(torch.randn(200, model.width, generator=generator)) for _ in depths]
flips = [
    unit(torch.stack([p.direction(s, 1) - p.direction(s, 2) for s in disc.tolist()]))
    for p in [probes[d] for d in depths]
]
scales = [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
moved = {
    name: {
        what: [(pushed(vectors, scale) * where).sum(-1).mean().item() for scale in scales]
        for what, where in (("only the changed board", changed & ~real), ("only the real board", real & ~changed))
    }
    for name, vectors in (("probe", flips), ("random", noise))
}
plots.curves(
    scales,
    {f"{what}, along the probe": plots.curve([(m,) * 3 for m in ms]) for what, ms in moved["probe"].items()},
    controls={f"{what}, at random": plots.curve([(m,) * 3 for m in ms]) for what, ms in moved["random"].items()},
    xlabel="size of the push (standard deviations of the stream)",
    ylabel="probability of moves\nthat are legal on ...",
).figure

# %% [markdown]
# ## Cut attention edges
# Which earlier moves does the answer need? Remove, in every block, the edges from the last position to all moves of
# the same parity, or of the other one.

# %%
start = games.seen[game : game + 1, : ply + 1]
uncut = model(start)[0, -1].softmax(-1).detach()
for name, first in (("the same player's moves", ply % 2), ("the other player's moves", 1 - ply % 2)):
    keys = list(range(first, ply, 2))
    cut = [interp.knockout(layer, queries=-1, keys=keys) for layer in range(model.depth)]
    with interp.edited(model, *cut), torch.no_grad():
        cut_off = model(start)[0, -1].softmax(-1)
    print(f"without {name}: total variation {(cut_off - uncut).abs().sum().item() / 2:.3f}")
