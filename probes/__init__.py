"""Probes: maps from activations to labels, with the controls that turn an accuracy into evidence."""

from probes.calibration import Calibration as Calibration
from probes.calibration import calibration as calibration
from probes.controls import ControlTask as ControlTask
from probes.controls import MajorityFloor as MajorityFloor
from probes.controls import majority as majority
from probes.controls import selectivity as selectivity
from probes.controls import shuffled_labels as shuffled_labels
from probes.errors import ProbeError as ProbeError
from probes.errors import ProbeWarning as ProbeWarning
from probes.gram import Gram as Gram
from probes.linear import LinearProbe as LinearProbe
from probes.logistic import LogisticProbe as LogisticProbe
from probes.metrics import Accuracy as Accuracy
from probes.metrics import Counts as Counts
from probes.metrics import Tally as Tally
from probes.metrics import accuracy as accuracy
from probes.metrics import tally as tally
from probes.mlp import MLPProbe as MLPProbe
from probes.origin import Origin as Origin
from probes.ridge import solve_ridge as solve_ridge
from probes.select import Choice as Choice
from probes.select import Split as Split
from probes.select import choose as choose
from probes.select import split as split
from probes.surface import Probe as Probe
