"""What a benchmark found: as Markdown for people, as JSON for later."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from benchmarks.timing import Row


class Bar(NamedTuple):
    """A claim and what was measured."""

    claim: str
    """In words, with the limit."""
    value: float
    """As measured."""
    met: bool
    """Whether the claim holds."""


@dataclass(frozen=True)
class Table:
    """One comparison."""

    title: str
    """What was compared."""
    setting: str
    """Sizes and counts, in one line."""
    unit: str
    """What the rate counts."""
    reference: str
    """The row that ratios refer to."""
    rows: list[Row]
    """One a contestant."""
    bars: list[Bar] = field(default_factory=list)
    """What the project promises about them."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Who is not there, and why."""

    def row(self, name: str) -> Row:
        """The row of that name."""
        return next(row for row in self.rows if row.name == name)

    def content(self) -> dict[str, Any]:
        """Plain JSON, every single call included."""
        return {
            "title": self.title, "setting": self.setting, "unit": self.unit, "reference": self.reference,
            "rows": [
                {**row._asdict(), "seconds": row.seconds._asdict(), "pairs": row.pairs._asdict()} for row in self.rows
            ],
            "bars": [bar._asdict() for bar in self.bars],
            "skipped": self.skipped,
        }  # fmt: skip


def at_most(claim: str, value: float, limit: float) -> Bar:
    """A bar that a small number meets."""
    return Bar(claim, value, value <= limit)


def at_least(claim: str, value: float, limit: float) -> Bar:
    """A bar that a large number meets."""
    return Bar(claim, value, value >= limit)


def markdown(content: dict[str, Any]) -> str:
    """The table of a `Table.content()`."""
    lines = [
        f"**{content['title']}** ({content['setting']})",
        "",
        f"| | ms | {content['unit']}/s | time ÷ {content['reference']} | in rounds, middle half |",
        "|---|---:|---:|---:|---|",
    ]
    for row in content["rows"]:
        low, high = row["pairs"]["low"], row["pairs"]["high"]
        lines.append(
            f"| {row['name']} | {_short(row['seconds']['median'] * 1000)} | {_short(row['rate'])} "
            f"| {_ratio(row['ratio'])} | {_ratio(low)} to {_ratio(high)} |"
        )
    for name, reason in content["skipped"].items():
        lines.append(f"| {name} | skipped: {reason} | | | |")
    lines.append("")
    lines += [
        f"- {bar['claim']}: {_ratio(bar['value'])}, {'met' if bar['met'] else 'MISSED'}" for bar in content["bars"]
    ]
    return "\n".join(lines).rstrip() + "\n"


def report(machine: dict[str, Any], tables: Sequence[dict[str, Any]]) -> str:
    """All tables of one file, under the machine that they were made on."""
    facts = ", ".join(f"{name} {value}" for name, value in machine["versions"].items() if value)
    head = (
        f"{machine['device_name']}, {machine['cores']} cores, {machine['threads']} thread(s), "
        f"load {machine['load']} at the start; median of {machine['repetitions']}; {facts}\n"
    )
    return "\n".join([head, *map(markdown, tables)])


def _short(value: float) -> str:
    """Three figures, with thousands separated."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _ratio(value: float) -> str:
    """Three places around 1, where a few per cent matter."""
    if 0.1 <= value < 10:
        return f"{value:.3f}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
