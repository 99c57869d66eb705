"""What a row of the catalogue of reasons says."""

from dataclasses import dataclass
from enum import Enum

from gateway.case.texts import Text


class Answer(Enum):
    """What the side that gets this answer can do; the closed enum that travels beside the reason."""

    RETRIABLE = "retriable"
    FINAL = "final"
    PERSON = "needs_a_person"


class Place(Enum):
    """Where it happened; drawn on one picture in docs/errors.md."""

    LOCAL = "local"
    """Between a local system and this gateway."""
    OURS = "ours"
    """Inside this gateway."""
    PEERING = "peering"
    """Between the two gateways."""
    THEIRS = "theirs"
    """At the other region's gateway."""


class Family(Enum):
    """What kind of failure it is; each border translates families, not single reasons."""

    MALFORMED = "malformed"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"
    CONFLICT = "conflict"
    STALE = "stale"
    UNPROCESSABLE = "unprocessable"
    TOO_LARGE = "too_large"
    NOT_SERVED = "not_served"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Row:
    """One reason: kind of failure, what can be done, where, why, and the next step."""

    family: Family
    answer: Answer
    place: Place
    cause: Text
    fix: Text

    @property
    def retriable(self) -> bool:
        """Whether the same call, unchanged, may succeed later."""
        return self.answer is Answer.RETRIABLE
