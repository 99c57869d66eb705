"""A value that does not fit, said in both languages by whoever knows what was meant."""

from gateway.case.texts import Text


class Misfit(ValueError):
    """Raised by validators of file shapes; `shapes.check` turns it into a finding with its line."""

    def __init__(self, problem: Text, fix: Text, at: str = "") -> None:
        self.problem = problem
        self.fix = fix
        self.at = at
        """The key below the one that was looked at, where that is to blame."""
        super().__init__(problem.en)


def shown(value: object) -> str:
    """Return `value` for a finding: on one line and at most 40 characters."""
    text = " ".join(str(value).split())
    return text if len(text) <= 40 else text[:39] + "…"
