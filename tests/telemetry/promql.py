"""As much of PromQL as the shipped alert rules use, so that they are tried wherever the tests run.

Follows Prometheus 2: an instant looks back five minutes, a series missing from the last scrape is gone, `increase` and
`rate` extrapolate to the ends of the window.  Anything else is refused.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]
Value = Vector | float

LOOKBACK = 300.0
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)(?![smhd\w.])|(?P<span>\d+[smhd])|(?P<text>\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)|(?P<sign>=~|!~|!=|==|>=|<=|[-+*/<>=(){}\[\],]))"
)


@dataclass
class Series:
    """Scrapes in the order of their times: what each showed, by name and labels."""

    scrapes: list[tuple[float, dict[str, Vector]]] = field(default_factory=list)

    def scrape(self, at: float, text: str) -> None:
        """Take in one answer of /metrics; empty for a scrape that failed."""
        shown: dict[str, Vector] = {}
        for family in text_string_to_metric_families(text):
            for one in family.samples:
                shown.setdefault(one.name, {})[frozenset(one.labels.items())] = one.value
        self.scrapes.append((at, shown))

    def instant(self, name: str, at: float) -> Vector:
        """What is shown at a moment."""
        for when, shown in reversed(self.scrapes):
            if when <= at:
                return shown.get(name, {}) if when > at - LOOKBACK else {}
        return {}

    def window(self, name: str, since: float, at: float) -> dict[Labels, list[tuple[float, float]]]:
        """What was shown in a window, by labels."""
        found: dict[Labels, list[tuple[float, float]]] = {}
        for when, shown in reversed(self.scrapes):
            if when <= since:
                break
            if when <= at:
                for labels, value in shown.get(name, {}).items():
                    found.setdefault(labels, []).insert(0, (when, value))
        return found


def evaluate(expression: str, series: Series, at: float) -> Vector:
    """Return what an expression gives at a moment; empty when it does not hold."""
    reader = _Reader(_tokens(expression), series, at)
    value = reader.alternatives()
    assert reader.peek() == ("", ""), f"not understood: {expression}"
    assert isinstance(value, dict), "a rule is about series"
    return value


@dataclass
class Alert:
    """A rule over time: pending since when, by labels."""

    expression: str
    seconds: float
    since: dict[Labels, float] = field(default_factory=dict)

    def look(self, series: Series, at: float) -> set[Labels]:
        """Return the labels for which it fires at a moment; to be asked at every evaluation."""
        holds = evaluate(self.expression, series, at)
        self.since = {labels: self.since.get(labels, at) for labels in holds}
        return {labels for labels, since in self.since.items() if at - since >= self.seconds}


def span(text: str) -> float:
    """Seconds of a duration such as 15m."""
    return int(text[:-1]) * _UNITS[text[-1]] if text else 0.0


def names_in(expression: str) -> set[str]:
    """The metrics an expression asks for."""
    tokens = [*_tokens(expression), ("", "")]
    known = {
        "and",
        "or",
        "unless",
        "on",
        "by",
        "sum",
        "time",
        "offset",
        "absent",
        *_RANGES,
        "abs",
        "histogram_quantile",
    }
    found, depth = set(), 0
    for (kind, text), (_, after) in pairwise(tokens):
        depth += {"{": 1, "}": -1}.get(text, 0)
        if (
            kind == "name"
            and not depth
            and text not in known
            and after in ("{", "[", "", ")", *"<>+-*/=", "==", "unless", "offset")
        ):
            found.add(text)
    return {name for name in found if "_" in name}


def _tokens(expression: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while at < len(expression.rstrip()):
        match = _TOKEN.match(expression, at)
        assert match, f"not understood: {expression[at:]}"
        found.append((match.lastgroup or "", match[match.lastgroup or 0]))
        at = match.end()
    return found


@dataclass
class _Reader:
    tokens: list[tuple[str, str]]
    series: Series
    at: float
    position: int = 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.position] if self.position < len(self.tokens) else ("", "")

    def take(self, *texts: str) -> str:
        _, text = self.peek()
        assert text, f"it ends before {texts}"
        assert not texts or text in texts, f"{text!r} instead of {texts}"
        self.position += 1
        return text

    def is_next(self, *texts: str) -> bool:
        return self.peek()[1] in texts

    def alternatives(self) -> Value:
        left = self.together()
        while self.is_next("or"):
            self.take()
            right = self.together()
            assert isinstance(left, dict)
            assert isinstance(right, dict)
            left = right | left
        return left

    def together(self) -> Value:
        left = self.comparison()
        while self.is_next("and", "unless"):
            word = self.take()
            on: set[str] | None = None
            if self.is_next("on"):
                self.take()
                on = set(self._words())
            right = self.comparison()
            assert isinstance(left, dict)
            assert isinstance(right, dict)
            there = {_only(labels, on) for labels in right}
            left = {labels: v for labels, v in left.items() if (_only(labels, on) in there) == (word == "and")}
        return left

    def comparison(self) -> Value:
        left = self.sum()
        if self.is_next(">", "<", "==", ">=", "<=", "!="):
            sign = self.take()
            right = self.sum()
            assert isinstance(left, dict), "a rule filters series"
            return {labels: a for labels, a, b in _pairs(left, right) if _COMPARE[sign](a, b)}
        return left

    def sum(self) -> Value:
        left = self.product()
        while self.is_next("+", "-"):
            left = _arithmetic(self.take(), left, self.product())
        return left

    def product(self) -> Value:
        left = self.primary()
        while self.is_next("*", "/"):
            left = _arithmetic(self.take(), left, self.primary())
        return left

    def primary(self) -> Value:
        kind, text = self.peek()
        if kind == "number":
            return float(self.take())
        if text == "(":
            self.take()
            inner = self.alternatives()
            self.take(")")
            return inner
        name = self.take()
        if name == "time":
            self.take("(")
            self.take(")")
            return self.at
        if name == "sum":
            return self._sum()
        if name in _RANGES:
            return self._over(_RANGES[name])
        return self._function(name) if name in ("abs", "absent", "histogram_quantile") else self._selected(name)

    def _selected(self, name: str) -> Vector:
        matches = self._matchers()
        at = self.at
        if self.is_next("offset"):
            self.take()
            at -= span(self.take())
        return {labels: value for labels, value in self.series.instant(name, at).items() if matches(dict(labels))}

    def _function(self, name: str) -> Vector:
        self.take("(")
        share: Value = 0.0
        if name == "histogram_quantile":
            share = self.alternatives()
            self.take(",")
        inner = self.alternatives()
        self.take(")")
        assert isinstance(inner, dict)
        if name == "abs":
            return {labels: abs(value) for labels, value in inner.items()}
        if name == "absent":
            return {} if inner else {frozenset(): 1.0}
        assert isinstance(share, float)
        return _quantiles(share, inner)

    def _sum(self) -> Vector:
        by: set[str] = set()
        if self.is_next("by"):
            self.take()
            by = set(self._words())
        self.take("(")
        inner = self.alternatives()
        self.take(")")
        assert isinstance(inner, dict)
        found: Vector = {}
        for labels, value in inner.items():
            found[_only(labels, by)] = found.get(_only(labels, by), 0.0) + value
        return found

    def _over(self, function: Callable[[list[tuple[float, float]], float, float], float | None]) -> Vector:
        self.take("(")
        name, matches = self.take(), self._matchers()
        self.take("[")
        seconds = span(self.take())
        self.take("]")
        self.take(")")
        found = {}
        for labels, points in self.series.window(name, self.at - seconds, self.at).items():
            value = function(points, self.at - seconds, self.at)
            if matches(dict(labels)) and value is not None:
                found[labels] = value
        return found

    def _words(self) -> Iterator[str]:
        self.take("(")
        while not self.is_next(")"):
            yield self.take()
            if self.is_next(","):
                self.take()
        self.take(")")

    def _matchers(self) -> Callable[[dict[str, str]], bool]:
        asked: list[tuple[str, str, str]] = []
        if self.is_next("{"):
            self.take()
            while not self.is_next("}"):
                asked.append((self.take(), self.take("=", "!=", "=~", "!~"), self.take()[1:-1]))
                if self.is_next(","):
                    self.take()
            self.take("}")
        return lambda labels: all(_MATCH[sign](labels.get(name, ""), wanted) for name, sign, wanted in asked)


_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
}
_MATCH: dict[str, Callable[[str, str], bool]] = {
    "=": lambda value, wanted: value == wanted,
    "!=": lambda value, wanted: value != wanted,
    "=~": lambda value, wanted: re.fullmatch(wanted, value) is not None,
    "!~": lambda value, wanted: re.fullmatch(wanted, value) is None,
}


def _only(labels: Labels, names: set[str] | None) -> Labels:
    return labels if names is None else frozenset((name, value) for name, value in labels if name in names)


def _pairs(left: Vector, right: Value) -> Iterator[tuple[Labels, float, float]]:
    for labels, value in left.items():
        if isinstance(right, float):
            yield labels, value, right
        elif labels in right:
            yield labels, value, right[labels]


def _arithmetic(sign: str, left: Value, right: Value) -> Value:
    do: Callable[[float, float], float] = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b if b else float("nan"),
    }[sign]
    if isinstance(left, float):
        return do(left, right) if isinstance(right, float) else {labels: do(left, v) for labels, v in right.items()}
    return {labels: do(a, b) for labels, a, b in _pairs(left, right)}


def _grown(points: list[tuple[float, float]], since: float, at: float, *, counter: bool = True) -> float | None:
    if len(points) < 2:
        return None
    (first_at, first), (last_at, last) = points[0], points[-1]
    grown = last - first
    if counter:
        grown += sum(a for (_, a), (_, b) in pairwise(points) if b < a)
    seen = last_at - first_at
    average = seen / (len(points) - 1)
    to_start, to_end = first_at - since, at - last_at
    if counter and grown > 0 and first >= 0:
        to_start = min(to_start, seen * (first / grown))
    reach = seen
    for beyond in (to_start, to_end):
        reach += beyond if beyond < average * 1.1 else average / 2
    return grown * reach / seen


def _rate(points: list[tuple[float, float]], since: float, at: float) -> float | None:
    grown = _grown(points, since, at)
    return None if grown is None else grown / (at - since)


_RANGES: dict[str, Callable[[list[tuple[float, float]], float, float], float | None]] = {
    "increase": _grown,
    "rate": _rate,
    "delta": lambda points, since, at: _grown(points, since, at, counter=False),
    "changes": lambda points, since, at: float(sum(a != b for (_, a), (_, b) in pairwise(points))),
}


def _quantiles(share: float, buckets: Vector) -> Vector:
    """As `histogram_quantile`: linear within the bucket the wanted rank falls into."""
    groups: dict[Labels, list[tuple[float, float]]] = {}
    for labels, value in buckets.items():
        bound = float(dict(labels)["le"])
        groups.setdefault(frozenset(one for one in labels if one[0] != "le"), []).append((bound, value))
    found = {}
    for labels, rows in groups.items():
        rows.sort()
        total = rows[-1][1]
        if not total:
            continue
        rank = share * total
        below, under = 0.0, 0.0
        for bound, count in rows:
            if count >= rank:
                found[labels] = (
                    below if bound == float("inf") else below + (bound - below) * (rank - under) / (count - under)
                )
                break
            below, under = bound, count
    return found
