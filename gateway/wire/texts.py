"""The texts of one kind of message, each with its bound: stated once, for reading and for judging before writing.

Nearly always every text of a message is sound, so all of them are judged together; only where one is not is each read on
its own and told with its path.
"""

from operator import attrgetter

from google.protobuf.message import Message

from gateway.wire.bounds import Length
from gateway.wire.spot import Spot


class Texts:
    """Two or more fields that are texts, by their names on the wire, which are those of our values too."""

    __slots__ = ("_bounds", "_get", "_limits")

    def __init__(self, **bounds: Length) -> None:
        if len(bounds) < 2:
            raise ValueError("of one text alone its own bound says enough")
        self._bounds = bounds
        self._limits = tuple((bound.least, bound.most) for bound in bounds.values())
        self._get = attrgetter(*bounds)

    def read(self, wire: Message, at: Spot) -> tuple[str, ...]:
        """Read them in the order they were stated."""
        values: tuple[str, ...] = self._get(wire)
        if not _all_sound(values, self._limits):
            for value, (name, bound) in zip(values, self._bounds.items(), strict=True):
                at.text(name, value, bound)
        return values

    def fit(self, value: object) -> bool:
        """Whether a reader will find nothing wrong with those of `value`; False where only a reader could tell."""
        return _all_sound(self._get(value), self._limits)


def text_fits(value: str, bound: Length) -> bool:
    """Whether a text that is written reads; False where only a reader could tell."""
    return bound.least <= len(value) <= bound.most and value.isprintable()


def _all_sound(values: tuple[str, ...], limits: tuple[tuple[int, int], ...]) -> bool:
    for value, (least, most) in zip(values, limits):  # noqa: B905 - as many as were asked for
        if not least <= len(value) <= most:
            return False
    # What is printable holds no control character; line breaks, which are allowed, are left to a closer look.
    return "".join(values).isprintable()
