"""Real authorities, certificates and keys of regions for tests that speak TLS, and partner files that believe them.

Valid around the clock of this machine, because TLS libraries ask no other.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

from pydantic import TypeAdapter

from gateway.partners.keys import load_key
from gateway.partners.limits import Limits, Retry
from gateway.partners.partner import Partner
from gateway.partners.schema import Delivery, Endpoint, KeyEntry, Status
from gateway.trust.keys import new_key, partner_file_entries
from gateway.trust.suites import P256, KeyUse, SigningKey
from gateway.trust.tls import Certified, issue, new_authority
from gateway.trust.tokens import TokenMaker

ENSHI, QIANJIANG, XIANGXI = "422800", "500114", "433100"
NAMES = {ENSHI: "恩施州", QIANJIANG: "黔江区", XIANGXI: "湘西州"}
HOSTS = ("localhost", "127.0.0.1")


def wall_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Region:
    """One region with everything it proves itself with."""

    code: str
    authority: Certified
    certified: Certified
    token_key: SigningKey
    seal_key: SigningKey

    @property
    def name(self) -> str:
        return NAMES[self.code]

    def new_certificate(self, *, hosts: tuple[str, ...] = HOSTS, region: str = "") -> Certified:
        """A further certificate of the region's own authority; `region` is whom it names."""
        return issue(self.authority, region or self.code, hosts, wall_clock(), 30)

    def tokens(self, certified: Certified | None = None) -> TokenMaker:
        """A maker of tokens bound to `certified`, or to the region's own certificate."""
        ids = count(1)
        fingerprint = (certified or self.certified).fingerprint
        return TokenMaker(self.code, self.token_key, fingerprint, wall_clock, lambda: f"token-{next(ids)}")

    def as_partner(self, *addresses: str, **changes: object) -> Partner:
        """The region as its neighbours' partner file would have it, reachable at these addresses."""
        entries = partner_file_entries([self.token_key, self.seal_key])
        keys = TypeAdapter(list[KeyEntry]).validate_python(entries)
        partner = Partner(
            code=self.code,
            name=self.name,
            short_name=self.name,
            status=Status.ACTIVE,
            history=(),
            delivery=Delivery.PUSH,
            endpoints=tuple(Endpoint(address=address) for address in addresses),
            roots=(self.authority.certificate,),
            pinned=frozenset(),
            keys=tuple(load_key(key, Path()) for key in keys),
            limits=Limits(),
            retry=Retry(),
            agreements=(),
            contacts=(),
            notes="",
            file=f"{self.code}-{self.name}.yaml",
            digest=f"{self.code} {addresses}",
        )
        return replace(partner, **changes)


@cache
def region(code: str) -> Region:
    """The region with this gateway code; the same for a whole test run, because keys take time."""
    now = wall_clock()
    authority = new_authority(code, f"示例 {NAMES[code]}", now - timedelta(days=1), 3650)
    certified = issue(authority, code, HOSTS, now, 365)
    token_key, seal_key = (new_key(use, P256, now=now - timedelta(days=1)) for use in (KeyUse.TOKEN, KeyUse.SEAL))
    return Region(code, authority, certified, token_key, seal_key)
