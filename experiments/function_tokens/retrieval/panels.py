"""The figures of `function_tokens/retrieval`."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.function_tokens.retrieval import ablated_panel, effects_panel, following_panel, passages_panel
from interp.report import Panel


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """From what `run` returned or its JSON."""
    return (
        following_panel.panel(metrics["trained"], metrics["untrained"]),
        passages_panel.panel(metrics["passages"]),
        effects_panel.panel(metrics["effects"]),
        ablated_panel.panel(metrics["ablated"]),
    )


__all__ = ["panels"]
