"""Where a long job stands: done, rate and time left, on one line of standard error."""

import sys
import time
from collections.abc import Mapping


class Reporter:
    """Prints at most one line every `every` seconds, and one at the end; silent when `quiet`."""

    def __init__(self, total: int, *, unit: str = "step", start: int = 0, every: float = 5.0, quiet: bool = False):
        self.total, self.unit, self.start, self.every, self.quiet = total, unit, start, every, quiet
        self._began = time.monotonic()
        self._said = self._began - every

    def __call__(self, done: int, values: Mapping[str, float | int] | None = None) -> None:
        """Say that `done` of the total are finished, with the newest `values`."""
        now = time.monotonic()
        if self.quiet or (now - self._said < self.every and done < self.total):
            return
        self._said = now
        rate = (done - self.start) / max(now - self._began, 1e-9)
        # "depth/loss" and the like: the parts of many things that train side by side would fill the screen.
        shown = {name: value for name, value in (values or {}).items() if name != "step" and "/" not in name}
        facts = "".join(f"  {name} {value:.4g}" for name, value in shown.items())
        sys.stderr.write(f"{self.unit} {done}/{self.total}  {rate:.3g}/s  {self._left(done, rate)} left{facts}\n")
        sys.stderr.flush()

    def _left(self, done: int, rate: float) -> str:
        if done >= self.total:
            return clock(0.0)
        return clock((self.total - done) / rate) if rate > 0 else "?"


def clock(seconds: float) -> str:
    """A duration as h:mm:ss."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"
