"""The composition root: everything is built, started and stopped here, in order."""
