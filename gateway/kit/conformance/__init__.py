"""Numbered checks of a gateway over the real wire, asked as a partner of it would ask."""
