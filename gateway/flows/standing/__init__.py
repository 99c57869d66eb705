"""How things stand with every partner, seen from both sides."""
