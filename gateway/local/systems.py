"""The local systems of this region: who may call, what each may do, and which inbound cases each receives.

An immutable snapshot.  Leaves to `systems_check` the reading of files, and to `callers` the proof of who calls.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.case.code.divisions import Divisions
from gateway.case.model import Case
from gateway.local.rules import Mapped
from gateway.local.system_file import May, Receives, Status

NOBODY = ""
"""No system receives the case: it waits, unclaimed, until one claims it."""


@dataclass(frozen=True, slots=True)
class TokenCredential:
    """The tokens a system signs itself; `public_key` is PEM."""

    issuer: str
    audience: str
    algorithm: str
    public_key: str


@dataclass(frozen=True, slots=True)
class System:
    """One local system.

    Attributes:
        keys: SHA-256 digests of its API keys, hexadecimal.
        events: words of the events it may post; None for all.
        file: where it is written, for messages.
    """

    name: str
    title: str
    status: Status
    keys: frozenset[str]
    token: TokenCredential | None
    may: frozenset[May]
    receives: tuple[Receives, ...]
    events: frozenset[str] | None
    mapping: Mapped | None
    file: str

    @property
    def can_call(self) -> bool:
        """Whether it has a credential and is no sample."""
        return self.status is Status.ACTIVE and bool(self.keys or self.token)


@dataclass(frozen=True, slots=True)
class Systems:
    """All local systems in force at one moment."""

    by_name: Mapping[str, System]
    divisions: Divisions

    @classmethod
    def of(cls, systems: Iterable[System], divisions: Divisions) -> "Systems":
        """Return a snapshot of these systems."""
        return cls(MappingProxyType({system.name: system for system in systems}), divisions)

    def __iter__(self) -> Iterator[System]:
        return iter(self.by_name.values())

    def get(self, name: str) -> System | None:
        """Return the system of this name."""
        return self.by_name.get(name)

    def assign(self, case: Case) -> str:
        """Return the name of the system that receives an inbound case, `NOBODY` when none does.

        The narrowest rule wins: the smaller division first, then a rule that names the item.  Systems that cannot
        call receive nothing, since they could never learn of it.
        """
        best, narrowest = NOBODY, (-1, -1)
        for system in self:
            if not system.can_call or May.FEED not in system.may:
                continue
            for rule in system.receives:
                width = self._narrowness(rule, case)
                if width and width > narrowest:
                    best, narrowest = system.name, width
        return best

    def _narrowness(self, rule: Receives, case: Case) -> tuple[int, int] | None:
        if rule.items and case.item.basic_code not in rule.items:
            return None
        if not rule.divisions:
            return 0, int(bool(rule.items))
        place = case.handler.division
        depths = [
            int(self.divisions.covering_depth(scope))
            for scope in rule.divisions
            if self.divisions.belongs_to(place, scope)
        ]
        return (max(depths), int(bool(rule.items))) if depths else None
