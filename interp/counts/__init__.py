"""What was seen, how often: n-gram counts of any order in bounded memory, and the probabilities that they give."""

from interp.counts.conditional import Conditional, Rows, Surprisals
from interp.counts.counter import Counter
from interp.counts.counts import Counts

__all__ = ["Counter", "Counts", "Conditional", "Rows", "Surprisals"]
