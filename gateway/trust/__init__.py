"""Proof of who is calling and of what was said: keys, seals, certificates, tokens, and encryption at rest."""
