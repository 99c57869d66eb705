"""Time limits, and whether the time told may be trusted."""
