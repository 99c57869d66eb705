"""Files that people edit: read once, with line numbers, and every mistake explained at once."""
