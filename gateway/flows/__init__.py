"""What happens: one verb per file, each a function that reads like a numbered list."""
