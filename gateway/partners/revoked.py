"""The deny list (拒绝名单), `revoked.yaml` in the folder of the gateway: what is not believed any more, from when, and why.

Certificates by region and serial number, keys by key id, whole regions.  Partners' as well as our own: a key of ours that is
listed signs nothing more.  Read like every file people edit: all of it, or nothing and every finding.

Leaves to others: what follows from it (`gateway.trust`), and how a file that is wrong is dealt with (`flows.keys`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings
from gateway.files.misfits import Misfit, shown
from gateway.files.quantities import StartMoment
from gateway.files.reader import parse
from gateway.files.shapes import check
from gateway.files.tree import Tree
from gateway.partners.codes import RegionCode
from gateway.partners.limits import STRICT
from gateway.partners.schema import Kid

NAME = "revoked.yaml"
MOST = 10_000
"""Entries of each kind."""

_SERIAL = re.compile(r"(0x)?([0-9a-f]{2}:)*[0-9a-f]{1,40}", re.IGNORECASE)


def _serial(text: str) -> str:
    plain = text.removeprefix("0x").replace(":", "").lower()
    if _SERIAL.fullmatch(text) and 1 <= len(plain) <= 40:
        return plain
    raise Misfit(
        Text(f"“{shown(text)}”不是证书序列号", f"'{shown(text)}' is not a serial number"),
        Text(
            "写十六进制, 如 openssl x509 -noout -serial 给出的",
            "write hexadecimal, as openssl x509 -noout -serial prints it",
        ),
    )


Serial = Annotated[str, AfterValidator(_serial), WithJsonSchema({"type": ["string", "integer"]})]
Why = Annotated[str, Field(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedCertificate:
    """One certificate."""

    __pydantic_config__ = STRICT

    region: RegionCode
    serial: Serial
    reason: Why
    since: StartMoment


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedKey:
    """One key, a partner's or ours."""

    __pydantic_config__ = STRICT

    kid: Kid
    reason: Why
    since: StartMoment


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedRegion:
    """All certificates of a region, whoever issued them."""

    __pydantic_config__ = STRICT

    code: RegionCode
    reason: Why
    since: StartMoment


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """What `revoked.yaml` says."""

    __pydantic_config__ = STRICT

    certificates: Annotated[tuple[DeniedCertificate, ...], Field(max_length=MOST)] = ()
    keys: Annotated[tuple[DeniedKey, ...], Field(max_length=MOST)] = ()
    regions: Annotated[tuple[DeniedRegion, ...], Field(max_length=MOST)] = ()

    def at(self, now: datetime) -> "Denied":
        """Return what is refused at `now`; an entry counts from its `since` on."""
        return Denied(
            frozenset((one.region, int(one.serial, 16)) for one in self.certificates if one.since <= now),
            frozenset(one.kid for one in self.keys if one.since <= now),
            frozenset(one.code for one in self.regions if one.since <= now),
        )


@dataclass(frozen=True, slots=True)
class Denied:
    """What is refused at a moment; as a container it holds certificates, see `trust.identity.DenyList`.

    Attributes:
        certificates: region and serial number.
    """

    certificates: frozenset[tuple[str, int]] = frozenset()
    kids: frozenset[str] = frozenset()
    regions: frozenset[str] = field(default=frozenset())

    def __contains__(self, certificate: object, /) -> bool:
        if certificate in self.certificates:
            return True
        return isinstance(certificate, tuple) and bool(certificate) and certificate[0] in self.regions

    def __len__(self) -> int:
        return len(self.certificates) + len(self.kids) + len(self.regions)


NOTHING_REVOKED = Revoked()
NOTHING_DENIED = Denied()


def read_revoked(raw: bytes, own_region: str, file: str = NAME) -> tuple[Revoked | None, Findings]:
    """Return what the bytes of `revoked.yaml` say, or None and everything that is wrong with them.

    A file in which nothing is written denies nothing.
    """
    if not any(line.split(b"#")[0].strip() for line in raw.splitlines()):
        return NOTHING_REVOKED, ()
    tree = parse(raw, file)
    if not isinstance(tree, Tree):
        return None, tree
    shape = check(tree, Revoked)
    if not isinstance(shape, Revoked):
        return None, shape
    wrong = tuple(_own(shape, tree, own_region))
    return (None, wrong) if wrong else (shape, ())


def revoked_file(folder: Path) -> Path:
    """Return where the deny list of a gateway stands."""
    return folder / NAME


def _own(shape: Revoked, tree: Tree, own_region: str) -> Iterable[Finding]:
    for position, one in enumerate(shape.regions):
        if one.code == own_region:
            yield tree.finding(
                ("regions", position, "code"),
                Text("这是本地区", "this is our own region"),
                Text(
                    "删去这一条; 本方密钥失窃的写在 keys 之下", "delete it; a stolen key of ours belongs under `keys`"
                ),
            )
