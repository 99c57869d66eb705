"""Reading field by field: every fault is noted with its path, and reading goes on.

A `Spot` is a place in a message.  Its methods hand a sound value through and note what is wrong with any other;
what they return for a wrong one is a stand-in that nobody gets to see, because `Faults.raise_if_any` comes last.
Values are never quoted: they may be personal.
"""

import re
from collections.abc import Callable, Iterable, Sequence, Sized
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.wire.bounds import EARLIEST, LATEST, SHA256_BYTES, Length
from gateway.wire.codes import Codes, Ours, Theirs

Wire = TypeVar("Wire")
Value = TypeVar("Value")

MOST_FAULTS = 200
"""Noted at most; who sends more gets the first ones."""

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
REGION = re.compile(r"[0-9]{6}")
DIVISION = re.compile(r"[0-9]{6}(?:[0-9]{6})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Tab, line feed and carriage return are text; no other control character belongs into what people read.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_MISSING = Text("缺少这一项", "missing")
_SUPPLY = Text("补上这一项", "supply it")
_LENGTH = Text("长度应为 {least} 至 {most}，现为 {there}", "needs a length of {least} to {most} and has {there}")
_SHORTEN = Text("改为规定的长度", "bring it to that length")
_SIZE = Text("应为 {least} 至 {most}，现为 {there}", "needs to be {least} to {most} and is {there}")
_CORRECT = Text("按 docs/exchange-format.md 改正", "correct it as docs/exchange-format.md says")
_CONTROL_INSIDE = Text("含有控制字符", "holds a control character")
_REMOVE = Text("删去控制字符", "take it out")
_CODE = Text("代码 {there} 没有定义", "code {there} is not defined")
_FORM = Text("格式不对，应为{form}", "malformed: it is {form}")
_TIME = Text("时间不在 2000 年至 2199 年之间，或纳秒不对", "not a time of the years 2000 to 2199, or bad nanoseconds")
_SET_CLOCK = Text(
    "没有时间就不要填写；否则核对系统时钟", "leave it out when there is none; else check the system's clock"
)

_A_UUID7 = Text("小写的 UUIDv7", "a UUIDv7 in lower case")
_A_REGION = Text("6 位网关代码", "a gateway code of six digits")
_A_DIVISION = Text("6 位或 12 位区划代码", "a division code of 6 or 12 digits")
_A_DATE = Text("有效日期 yyyy-mm-dd", "an existing day, yyyy-mm-dd")
_A_DIGEST = Text("32 字节的 SHA-256", "a SHA-256 of 32 bytes")


class Faults:
    """What was found wrong with one message, in the order of reading."""

    __slots__ = ("codes", "findings", "left_out")

    def __init__(self) -> None:
        self.findings: list[FieldFinding] = []
        self.codes = 0
        self.left_out = 0

    def note(self, path: str, problem: Text, fix: Text) -> None:
        """Note one fault."""
        if len(self.findings) < MOST_FAULTS:
            self.findings.append(FieldFinding(path, problem, fix))
        else:
            self.left_out += 1

    def raise_if_any(self) -> None:
        """End the reading if anything is wrong.

        Raises:
            GatewayError: UNKNOWN_CODE when codes are all that is wrong, else MALFORMED; with every finding.
        """
        if self.findings:
            only_codes = self.codes == len(self.findings)
            reason = Reason.UNKNOWN_CODE if only_codes else Reason.MALFORMED
            more = {"left_out": self.left_out} if self.left_out else {}
            raise GatewayError(reason, findings=self.findings, detail=self.findings[0].path, **more)


class Spot:
    """A place in a message that is being read; `path` is dotted, empty for the message itself."""

    __slots__ = ("faults", "path")

    def __init__(self, faults: Faults, path: str = "") -> None:
        self.faults = faults
        self.path = path

    def wrong(self, name: str, problem: Text, fix: Text = _CORRECT) -> None:
        """Note a fault of a field; of this place when the name is empty."""
        self.faults.note(self.below(name) if name else self.path, problem, fix)

    def below(self, name: str) -> str:
        """Return the path of a field."""
        return f"{self.path}.{name}" if self.path else name

    def inside(self, name: str) -> "Spot":
        """Return the place of a message that is there."""
        return Spot(self.faults, f"{self.path}.{name}" if self.path else name)

    def entry(self, name: str, at: int) -> "Spot":
        """Return the place of one entry of a list."""
        return Spot(self.faults, f"{self.below(name)}[{at}]")

    def must(self, name: str, wire: Message) -> "Spot":
        """Return the place of a message that has to be there; what an absent one lacks is not told as well."""
        if wire.HasField(name):
            return self.inside(name)
        self.missing(name)
        return Spot(Faults(), name)

    def missing(self, name: str) -> None:
        """Note that a field is not there."""
        self.wrong(name, _MISSING, _SUPPLY)

    def text(self, name: str, value: str, bound: Length) -> str:
        """Read a text: its exact characters, within its bound, without control characters."""
        if bound.least <= len(value) <= bound.most:
            # What is printable holds no control character; only the rest is searched.
            if not value.isprintable() and CONTROL.search(value):
                self.wrong(name, _CONTROL_INSIDE, _REMOVE)
        elif value:
            self._note_length(name, len(value), bound)
        else:
            self.missing(name)
        return value

    def many(
        self, name: str, values: Sequence[Wire], bound: Length, read: Callable[[Wire, "Spot"], Value]
    ) -> tuple[Value, ...]:
        """Read a list; of one that is too long only as many entries as it may have."""
        if not values and not bound.least:
            return ()
        self.items(name, values, bound)
        path = self.below(name)
        return tuple([read(one, Spot(self.faults, f"{path}[{nth}]")) for nth, one in enumerate(values[: bound.most])])

    def items(self, name: str, values: Sized, bound: Length) -> None:
        """Check how many entries a list or map has."""
        if not bound.least <= len(values) <= bound.most:
            self._note_length(name, len(values), bound)

    def number(self, name: str, value: int, bound: Length) -> int:
        """Read a number within its bound."""
        if not bound.least <= value <= bound.most:
            self.wrong(name, _SIZE.format(least=bound.least, most=bound.most, there=value))
        return value

    def code(self, name: str, value: Theirs, codes: Codes[Theirs, Ours]) -> Ours:
        """Read an enum; unset, zero and unknown numbers are faults."""
        found = codes.values.get(value)
        if found is not None:
            return found
        self.faults.codes += 1
        self.wrong(name, _CODE.format(there=int(value)))
        return codes.placeholder

    def time(self, name: str, wire: Message) -> datetime:
        """Read a time that has to be there; aware UTC, to the microsecond."""
        read = self.time_or_none(name, wire)
        if read is None:
            self.missing(name)
            return EARLIEST
        return read

    def time_or_none(self, name: str, wire: Message) -> datetime | None:
        """Read a time that may be absent; aware UTC, to the microsecond."""
        if not wire.HasField(name):
            return None
        stamp: Timestamp = getattr(wire, name)
        seconds, nanos = stamp.seconds, stamp.nanos
        if not (_FIRST_SECOND <= seconds < _LAST_SECOND and 0 <= nanos < 1_000_000_000):
            self.wrong(name, _TIME, _SET_CLOCK)
            return EARLIEST
        return _EPOCH + timedelta(0, seconds, nanos // 1_000)

    def day(self, name: str, value: str) -> date | None:
        """Read a date text, yyyy-mm-dd; an empty one is absent."""
        if not value:
            return None
        try:
            if _DATE.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        self._note_form(name, _A_DATE)
        return None

    def digest(self, name: str, value: bytes) -> bytes:
        """Read a SHA-256."""
        if len(value) != SHA256_BYTES:
            self._note_form(name, _A_DIGEST)
        return value

    def uuid7(self, name: str, value: str) -> str:
        """Read a UUIDv7 in its text form, lower case (RFC 9562 §4, §5.7)."""
        return self._matching(name, value, UUID7, _A_UUID7)

    def region(self, name: str, value: str) -> str:
        """Read a gateway code."""
        return self._matching(name, value, REGION, _A_REGION)

    def division(self, name: str, value: str) -> str:
        """Read a division code; whether it exists is for others."""
        return self._matching(name, value, DIVISION, _A_DIVISION)

    def take(self, path: str, findings: Iterable[FieldFinding]) -> None:
        """Note what another check found about a field."""
        for finding in findings:
            self.wrong(path, finding.problem, finding.fix)

    def _matching(self, name: str, value: str, pattern: re.Pattern[str], form: Text) -> str:
        if not pattern.fullmatch(value):
            if value:
                self._note_form(name, form)
            else:
                self.missing(name)
        return value

    def _note_form(self, name: str, form: Text) -> None:
        self.wrong(name, _FORM.format(form=form))

    def _note_length(self, name: str, there: int, bound: Length) -> None:
        self.wrong(name, _LENGTH.format(least=bound.least, most=bound.most, there=there), _SHORTEN)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_SECOND = int(EARLIEST.timestamp())
_LAST_SECOND = int(LATEST.timestamp())


def number_fits(value: int, bound: Length) -> bool:
    """Whether a number that is written reads."""
    return bound.least <= value <= bound.most


def time_fits(moment: datetime) -> bool:
    """Whether a time that is written reads."""
    return moment.tzinfo is not None and EARLIEST <= moment < LATEST


def stamp_to_wire(moment: datetime) -> Timestamp:
    """Write a time, to the microsecond.  Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a time on the wire must be aware")
    since = moment - _EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1_000)


def stamp_or_none(moment: datetime | None) -> Timestamp | None:
    """Write a time that may be absent; absent stays absent."""
    return stamp_to_wire(moment) if moment else None


def day_to_wire(day: date | None) -> str:
    """Write a date as yyyy-mm-dd; None as the empty text."""
    return day.isoformat() if day else ""
