"""Items that a ministry's own system already handles nationwide: told to staff, never routed."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Annotated

from pydantic import Field

from gateway.case.texts import Text
from gateway.files.findings import Findings
from gateway.files.quantities import half_width
from gateway.files.reader import parse
from gateway.files.shapes import check
from gateway.files.tree import Tree
from gateway.partners.codes import NationalCode
from gateway.partners.limits import STRICT
from gateway.partners.terms import Line, Name

PACKAGED = "data/redirects.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    __pydantic_config__ = STRICT

    zh: Line
    en: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    __pydantic_config__ = STRICT

    names: tuple[Name, ...]
    basic: tuple[NationalCode, ...] = ()
    system: _Words
    advice: _Words
    url: Annotated[str, Field(pattern=r"^https://[a-z0-9.-]+/?[a-z0-9/._-]*$", max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    __pydantic_config__ = STRICT

    redirects: Annotated[tuple[_Rule, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where an item is handled instead.

    Attributes:
        system: who handles it.
        advice: what staff tell the applicant.
        url: an entry page; holds no personal data.
    """

    system: Text
    advice: Text
    url: str

    @property
    def target(self) -> Text:
        """System and address in one line."""
        return Text(f"{self.system.zh} {self.url}", f"{self.system.en} {self.url}")


class Redirects:
    """The rules, looked up by basic code or by name."""

    def __init__(self, rules: Iterable[_Rule]) -> None:
        self._by_code: dict[str, Redirect] = {}
        self._by_name: dict[str, Redirect] = {}
        self._by_start: list[tuple[str, Redirect]] = []
        for rule in rules:
            redirect = Redirect(Text(rule.system.zh, rule.system.en), Text(rule.advice.zh, rule.advice.en), rule.url)
            self._by_code |= dict.fromkeys(rule.basic, redirect)
            for name in rule.names:
                plain = plain_name(name)
                if plain.endswith("*"):
                    self._by_start.append((plain[:-1], redirect))
                else:
                    self._by_name[plain] = redirect

    @staticmethod
    def packaged() -> "Redirects":
        """Return the rules that come with the gateway."""
        raw = files("gateway.partners").joinpath(PACKAGED).read_bytes()
        redirects = Redirects.parse(raw, PACKAGED)
        if isinstance(redirects, Redirects):
            return redirects
        raise ValueError(f"{PACKAGED} is damaged: {redirects[0].problem.en}")

    @staticmethod
    def parse(raw: bytes, file: str) -> "Redirects | Findings":
        """Return the rules in a YAML file, or everything wrong with it."""
        tree = parse(raw, file)
        if not isinstance(tree, Tree):
            return tree
        shape = check(tree, _File)
        return Redirects(shape.redirects) if isinstance(shape, _File) else shape

    def of(self, item: str, name: str = "") -> Redirect | None:
        """Return where the item with this basic code, or of this name, is handled instead; None if here."""
        found = self._by_code.get(item)
        if found or not name:
            return found
        plain = plain_name(name)
        found = self._by_name.get(plain)
        return found or next((redirect for start, redirect in self._by_start if plain.startswith(start)), None)


def plain_name(name: str) -> str:
    """Return a name, or a code, as rows are looked up by: half width, without spaces."""
    return half_width("".join(name.split()))
