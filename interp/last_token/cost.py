"""How much work a setting is, in token-layers: one token passing through one block."""

from interp.last_token.setting import AllForOne


def reference_cost(depth: int, prompts: int, positions: int) -> int:
    """Token-layers of the whole model on whole prompts, as edits need them: the same for every setting."""
    return depth * prompts * positions


def engine_cost(setting: AllForOne, depth: int, last: int, others: int, sinks: int) -> int:
    """Token-layers of the last-token engine: what is distinct, in the blocks that have a use for it.

    `last` counts last tokens that the setting can tell apart, `others` the rows of other tokens, `sinks` first tokens
    (0 without a sink, when they belong to the others).
    """
    after = depth - setting.wait
    return last * after + others * setting.transfer + sinks * after


def sweep_cost(depth: int, last: int, others: int, sinks: int, last_alone: int) -> int:
    """Token-layers of the triangle of all settings with branch reuse.

    As in `engine_cost`; `last_alone` counts last tokens that differ although they never look at any but the sink.
    """
    total = 0
    for after in range(depth + 1):
        # Last tokens that peek in all blocks; those that stopped after 1, 2 ... blocks; those that never peeked.
        branches = sum(after - transfer for transfer in range(1, after + 1))
        total += last * (after + branches) + last_alone * after + (others + sinks) * after
    return total


__all__ = ["engine_cost", "reference_cost", "sweep_cost"]
