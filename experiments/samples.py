"""Continuations of a few prompts, as pages of the report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from interp.report import Leaf


@dataclass(frozen=True)
class Sample:
    """One prompt, and how each model goes on."""

    prompt: str
    by: Mapping[str, str]
    """What was written, by who wrote it."""

    @property
    def heading(self) -> str:
        """The heading in a report under which such pages stand."""
        return "What is written"

    @property
    def title(self) -> str:
        """The prompt in one line."""
        return " ".join(self.prompt.split())

    @property
    def style(self) -> str:
        """The style sheet that `body` needs; it touches nothing else."""
        return (
            ".sample { border-collapse: collapse } .sample th { text-align: left; vertical-align: top; "
            "padding: .3em 1.2em .3em 0; white-space: nowrap; font-weight: 600 } .sample td { padding: .3em 0; "
            "white-space: pre-wrap; font-family: ui-monospace, monospace; font-size: .9em }"
        )

    @property
    def body(self) -> str:
        """A row for each continuation."""
        rows = [f"<tr><th>{escape(who)}</th><td>{escape(text)}</td></tr>" for who, text in self.by.items()]
        return f'<table class="sample">{"".join(rows)}</table>'


def pages(metrics: Mapping[str, Any]) -> Sequence[Leaf]:
    """From what `run` returned or its JSON."""
    return [Sample(one["prompt"], one["by"]) for one in metrics["written"]]


__all__ = ["Sample", "pages"]
