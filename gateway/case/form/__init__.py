"""The form of a case: its exact text, its schema, and what does not fit."""
