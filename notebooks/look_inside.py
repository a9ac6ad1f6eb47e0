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
# A direction that a probe reads is only interesting if the model uses it. Take the disc of the opponent whose change
# of hands would make most moves legal, and push the residual stream at the last position along "mine, not
# theirs" at that square, in the later half of the depths. If the model uses the direction, its moves follow the board
# that is not there: probability goes to moves that only the changed board allows, and leaves those that it forbids.
# The control is a random direction of the same norm.

# %%
mine, theirs = (games.trace.black, games.trace.white)[:: 1 if games.trace.next_mover[game, ply] == 0 else -1]
here = mine[game, ply : ply + 1], theirs[game, ply : ply + 1]


def allowed(square: int | None = None) -> torch.Tensor:
    """Which tokens are legal here, on the real board or with one disc of the opponent's turned into mine."""
    disc = np.uint64(0 if square is None else 1 << square)
    return legal_tokens(rules, rules.legal(here[0] | disc, here[1] & ~disc)[None])[0, 0]


discs = (boards[game, ply] == labels.Owner.THEIRS).nonzero().flatten().tolist()
disc = max(discs, key=lambda square: int((allowed(square) & ~allowed()).sum()))
only_there, only_here = allowed(disc) & ~allowed(), allowed() & ~allowed(disc)
start, depths = games.seen[game : game + 1, : ply + 1], range(model.depth // 2, model.depth)


def pushed(vectors: list[torch.Tensor], scale: float) -> torch.Tensor:
    """The next-move probabilities while the residual stream is pushed at the last position."""
    spread = {d: acts[interp.resid(d)].std().item() for d in depths}
    edits = [
        interp.add(interp.resid(d), v, scale=scale * spread[d], at=-1) for d, v in zip(depths, vectors, strict=True)
    ]
    with interp.edited(model, *edits), torch.no_grad():
        return model(start)[0, -1].softmax(-1)


def unit(vector: torch.Tensor) -> torch.Tensor:
    """The vector at norm 1."""
    return vector / vector.norm()


name, generator = squares[disc], torch.Generator().manual_seed(0)
flip = [unit(probes[d].direction(name, "mine") - probes[d].direction(name, "theirs")) for d in depths]
noise = [unit(torch.randn(model.width, generator=generator)) for _ in depths]
print(f"turn {name}: {int(only_there.sum())} moves become legal, {int(only_here.sum())} illegal")
print("probability of moves that only the changed board allows, and of those that only the real one does")
for scale in (0.0, 4.0, 8.0, 12.0):
    shown = [
        f"{direction} {p[only_there].sum():.3f} / {p[only_here].sum():.3f}"
        for direction, p in (("probe", pushed(flip, scale)), ("random", pushed(noise, scale)))
    ]
    print(f"  scale {scale:>4}:  {',  '.join(shown)}")

# %% [markdown]
# ## Cut attention edges
# Which earlier moves does the answer need? Remove, in every block, the edges from the last position to all moves of
# the same parity, or of the other one.

# %%
uncut = pushed(flip, 0.0)
for name, first in (("the same player's moves", ply % 2), ("the other player's moves", 1 - ply % 2)):
    keys = list(range(first, ply, 2))
    cut = [interp.knockout(layer, queries=-1, keys=keys) for layer in range(model.depth)]
    with interp.edited(model, *cut), torch.no_grad():
        changed = model(start)[0, -1].softmax(-1)
    print(f"without {name}: total variation {(changed - uncut).abs().sum().item() / 2:.3f}")
