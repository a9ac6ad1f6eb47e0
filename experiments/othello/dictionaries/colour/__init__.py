"""Which squares latents tell the owner of, by depth and threshold, beside controls (Du et al. 2025, section 3.3.2)."""
