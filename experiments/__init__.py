"""The papers: experiments that run, train and judge with `interp` and `probes`."""
