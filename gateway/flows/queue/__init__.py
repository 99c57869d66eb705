"""The desk of the queue: what operators do with envelopes that do not go."""
