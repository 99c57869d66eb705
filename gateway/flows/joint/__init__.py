"""One application of which several regions decide a part (多地联办)."""
