"""Envelopes go out and their receipts come back; a partner that does not answer is left in peace, and nothing is stuck."""
