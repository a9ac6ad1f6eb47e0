"""Criteria that several findings about function tokens share. They were committed before the records they judge."""

from interp.findings import Measurement, Verdict

PAPER = "Zhang, Lin and Li 2025 (arXiv 2510.08203)"
"""How findings name their source: f"{PAPER}, section 2.2"."""


def above_control(m: Measurement) -> Verdict:
    """Reproduced when the whole interval lies above the control's; a direction when the value alone does."""
    if m.value.low > m.control.high:
        return Verdict.REPRODUCED
    return Verdict.DIRECTION if m.value.value > m.control.high else Verdict.NOT_REPRODUCED


def below_control(m: Measurement) -> Verdict:
    """Reproduced when the whole interval lies below the control's; a direction when the value alone does."""
    if m.value.high < m.control.low:
        return Verdict.REPRODUCED
    return Verdict.DIRECTION if m.value.value < m.control.low else Verdict.NOT_REPRODUCED


__all__ = ["PAPER", "above_control", "below_control"]
