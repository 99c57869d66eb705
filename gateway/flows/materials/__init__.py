"""Files travel apart from the envelopes that name them."""
