"""What each region demands and promises for an item: imported, published, kept fresh, compared."""
