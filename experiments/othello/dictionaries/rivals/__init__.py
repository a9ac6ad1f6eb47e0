"""The best latent, the probe and the best neuron, on one metric and one split; what dictionaries add to probes."""
