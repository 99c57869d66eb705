"""Who this gateway exchanges with and on what terms: the partner files and what follows from them."""
