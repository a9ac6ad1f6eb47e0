"""How fast, against what else there is: `python -m benchmarks`, or `make bench` with the peers installed."""
