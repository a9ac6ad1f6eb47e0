"""`python -m experiments` is `interp`."""

import sys

from experiments.cli import main

sys.exit(main())
