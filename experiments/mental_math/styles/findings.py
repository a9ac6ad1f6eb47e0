"""The claims about styles, with their criteria."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

import numpy as np
from jaxtyping import Bool

from experiments.mental_math.all_for_one.choosing import choose
from experiments.mental_math.all_for_one.sweep import Sweep
from experiments.mental_math.all_for_one.telling import baseline, pooled
from experiments.mental_math.criteria import ordinary
from experiments.mental_math.styles.settings import DIRECT, PLAIN, TOLD, Settings
from experiments.mental_math.styles.telling import Cell, answered
from interp.findings import Finding, Measurement, Verdict
from interp.last_token.setting import AllForOne

_PATH = "mental_math/styles"
_PAPER = "Mamidanna et al. 2025 (arXiv 2509.09650)"


def _direct_only(m: Measurement) -> Verdict:
    """Direct styles keep .9 and word problems and programs .1 at most; half, and more than those, is a direction.

    Either only when direct styles keep more than the last token can know without transfer.
    """
    if m.value.low <= max(m.control.high, m.extra["baseline"]) or m.value.low < 0.5:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low >= 0.9 and m.control.high <= 0.1 else Verdict.DIRECTION


def _no_own_subgraph(m: Measurement) -> Verdict:
    """Less than half, and less than the plain style keeps with a setting of its own."""
    kept = m.value.high >= min(0.5, m.control.low)
    return Verdict.NOT_REPRODUCED if kept else Verdict.DIRECTION


FINDINGS = (
    Finding(
        id="af1-15",
        claim="The setting of bare sums serves direct wordings of them; word problems and programs fail (share kept)",
        source=f"{_PAPER}, table of input styles, Llama-3-8B (as reported; no numbers known to us); in the zoo's model "
        "training planted the circuit in the plain style alone",
        paper_value="high; fail completely",
        scale="S?",
        measured_by=_PATH,
        control="word problems and programs, with the same setting",
        criterion=ordinary(_direct_only),
        unit="%",
    ),
    Finding(
        id="af1-15-own",
        claim="Word problems and programs have no such subgraph with a setting of their own either (share kept)",
        source=f"asked of {_PAPER}, who apply one setting to all styles (as reported); no paper states it",
        paper_value=None,
        scale="S?",
        measured_by=_PATH,
        control="bare sums and differences, each with a setting of its own",
        criterion=_no_own_subgraph,
        unit="%",
    ),
)


def measured(
    cells: Iterable[Cell], given: AllForOne, settings: Settings, generator: np.random.Generator
) -> dict[str, Any]:
    """Value, control and further numbers of each claim; intervals are over the prompts of several styles together.

    A claim is left out when no style on one of its two sides is answered; styles that are not are counted.
    """
    every = list(cells)
    known = [(cell.style, cell.sweep) for cell in every if cell.sweep and answered(cell.sweep, settings.able)]

    def kept(styles: Collection[str], marks: Callable[[Sweep], Bool[np.ndarray, " known"]]) -> Any:
        parts = [marks(sweep) for style, sweep in known if style in styles]
        return pooled(parts, generator) if parts else None

    def with_given(sweep: Sweep) -> Bool[np.ndarray, " known"]:
        return sweep.report.kept(given)

    def with_own(sweep: Sweep) -> Bool[np.ndarray, " known"]:
        return sweep.report.kept(choose(sweep.choose, settings.threshold).setting)

    direct, told = kept(DIRECT, with_given), kept(TOLD, with_given)
    own, plain = kept(TOLD, with_own), kept((PLAIN,), with_own)
    extra = {"not answered": float(len(every) - len(known))}
    found = {}
    if direct and told:
        nothing = kept(DIRECT, lambda sweep: baseline(sweep.report, given.wait))
        extra_direct = {**extra, "baseline": nothing.value, "plain style": kept((PLAIN,), with_given).value}
        found["af1-15"] = {"value": direct, "control": told, "extra": extra_direct}
    if own and plain:
        nothing = kept(
            TOLD, lambda sweep: baseline(sweep.report, choose(sweep.choose, settings.threshold).setting.wait)
        )
        found["af1-15-own"] = {"value": own, "control": plain, "extra": {**extra, "baseline": nothing.value}}
    return found


__all__ = ["FINDINGS", "measured"]
