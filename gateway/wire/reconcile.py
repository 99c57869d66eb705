"""What two gateways hold of one day, compared: the values, and protobuf to values and back.

A line is "id digest outcome": envelope id, SHA-256 of its payload in hexadecimal digits, `accepted` or `refused`.  Only
what was answered for ever counts.  The digest of a day is SHA-256 over its sorted lines, each ended by a line feed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from hashlib import sha256

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.wire import bounds
from gateway.wire.bounds import Length
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb
from gateway.wire.spot import Faults, Spot, stamp_to_wire
from gateway.wire.unknown import note_unknown

PAGE_LINES = Length(0, 5_000)
COUNT = Length(0, 2**63 - 1)

_LINE = re.compile(
    r"(?P<id>[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})"
    r" (?P<digest>[0-9a-f]{64}) (?P<outcome>accepted|refused)",
    re.ASCII,
)
_NO_DAY = Text("没有写明是哪一天", "it does not say which day")
_NO_DIRECTION = Text("没有写明方向", "it does not say which direction")
_NO_LINE = Text("应为 “信封编号 摘要 结果”", "it is “id digest outcome”")


class Direction(Enum):
    """Whose envelopes are compared, seen from the gateway that asks."""

    FROM_CALLER = "from_caller"
    TO_CALLER = "to_caller"

    @property
    def turned(self) -> "Direction":
        """The same envelopes, seen from the gateway that answers."""
        return Direction.TO_CALLER if self is Direction.FROM_CALLER else Direction.FROM_CALLER


_WIRE = {
    pb.RECONCILE_DIRECTION_FROM_CALLER: Direction.FROM_CALLER,
    pb.RECONCILE_DIRECTION_TO_CALLER: Direction.TO_CALLER,
}


@dataclass(frozen=True, slots=True)
class DayAsked:
    """A question: what was sealed on a day in Asia/Shanghai in one direction; with its lines, a page of them."""

    day: date
    direction: Direction
    with_lines: bool = False
    page_token: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One envelope that was answered for ever; `digest` is that of its payload in hexadecimal digits."""

    envelope_id: str
    digest: str
    outcome: str

    def __str__(self) -> str:
        return f"{self.envelope_id} {self.digest} {self.outcome}"


@dataclass(frozen=True, slots=True)
class DayHeld:
    """The answer: how many, their digest, and a page of lines when they were asked for; `as_of` is aware UTC."""

    count: int
    digest: bytes
    as_of: datetime
    lines: tuple[Line, ...] = ()
    next_page_token: str = ""


class DayDigest:
    """Adds up the digest of a day, line by line in their order."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = sha256()

    def add(self, lines: Iterable[Line]) -> None:
        """Add lines, which follow those added before."""
        for line in lines:
            self._sum.update(f"{line}\n".encode())
            self.count += 1

    @property
    def digest(self) -> bytes:
        """The digest of what was added."""
        return self._sum.digest()


def asked_to_wire(asked: DayAsked) -> pb.ReconcileRequest:
    """Write a question."""
    direction = next(wire for wire, ours in _WIRE.items() if ours is asked.direction)
    return pb.ReconcileRequest(
        day=asked.day.isoformat(), direction=direction, with_ids=asked.with_lines, page_token=asked.page_token
    )


def asked_from_wire(wire: pb.ReconcileRequest) -> DayAsked:
    """Read a question.

    Raises:
        GatewayError: MALFORMED with every field that is wrong.
    """
    faults = Faults()
    spot = Spot(faults)
    note_unknown(wire, faults)
    day = spot.day("day", wire.day)
    if day is None and not wire.day:
        spot.wrong("day", _NO_DAY)
    direction = _WIRE.get(wire.direction)
    if direction is None:
        spot.wrong("direction", _NO_DIRECTION)
    token = spot.text("page_token", wire.page_token, bounds.PAGE_TOKEN)
    faults.raise_if_any()
    if day is None or direction is None:
        raise GatewayError(Reason.MALFORMED, detail="day")
    return DayAsked(day, direction, wire.with_ids, token)


def held_to_wire(held: DayHeld) -> pb.ReconcileResponse:
    """Write an answer."""
    return pb.ReconcileResponse(
        count=held.count,
        digest=held.digest,
        lines=[str(line) for line in held.lines],
        next_page_token=held.next_page_token,
        as_of=stamp_to_wire(held.as_of),
    )


def held_from_wire(wire: pb.ReconcileResponse) -> DayHeld:
    """Read an answer.

    Raises:
        GatewayError: MALFORMED with every field that is wrong.
    """
    faults = Faults()
    spot = Spot(faults)
    note_unknown(wire, faults)
    spot.items("lines", wire.lines, PAGE_LINES)
    found = [_LINE.fullmatch(line) for line in wire.lines[: PAGE_LINES.most]]
    for nth, match in enumerate(found):
        if match is None:
            spot.wrong(f"lines[{nth}]", _NO_LINE)
    held = DayHeld(
        count=spot.number("count", wire.count, COUNT),
        digest=spot.digest("digest", wire.digest),
        as_of=spot.time("as_of", wire),
        lines=tuple(Line(match["id"], match["digest"], match["outcome"]) for match in found if match),
        next_page_token=spot.text("next_page_token", wire.next_page_token, bounds.PAGE_TOKEN),
    )
    faults.raise_if_any()
    return held
