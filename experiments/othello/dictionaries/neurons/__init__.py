"""Which squares the neurons of the MLPs look at: their input weights beside the directions of probes."""
