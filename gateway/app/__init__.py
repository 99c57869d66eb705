"""The composition root: everything is built, started and stopped here, in order."""

from gateway.app.run import Running, run, running

__all__ = ["Running", "run", "running"]
