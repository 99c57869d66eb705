"""Loops that run flows later: hints, claims, limits, clean stop."""
