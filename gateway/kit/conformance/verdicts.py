"""What a probe says by raising: that the gateway failed, or that the check was not made."""

from gateway.case.texts import Text


class Failed(Exception):
    """The gateway does not do what the format demands; `came` says what it did instead."""

    def __init__(self, came: Text) -> None:
        super().__init__(came.en)
        self.came = came


class Skipped(Exception):
    """The check could not be made, or was not wanted."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why
