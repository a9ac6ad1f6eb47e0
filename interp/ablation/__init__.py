"""What takes an activation's place so that what it knew is gone: conditional means, means, zeros, other inputs."""
