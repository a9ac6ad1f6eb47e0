"""The shape of the residual stream by depth: how far it is turned, how alike its covariances are; from one pass."""
