"""A partner (通办地区): one checked file, with its keys and certificates loaded."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from gateway.partners.keys import PartnerKey
from gateway.partners.limits import Limits, Retry
from gateway.partners.schema import Contact, Delivery, Endpoint, Status, Use
from gateway.partners.terms import Agreement


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Partner:
    """The region at the other end of an agreement.

    Attributes:
        code: six digits; names its gateway in envelopes, tokens and certificates.
        history: codes it had before.
        roots: whose certificates are believed for it.
        pinned: SHA-256 fingerprints; if any, only these end certificates are believed.
        file: as shown in findings.
        public_phone: what applicants may call there; empty when none is known.
        digest: SHA-256 of what the file says (comments left out) and of its keys and certificates; equal means nothing changed.
    """

    code: str
    name: str
    short_name: str
    status: Status
    history: tuple[str, ...]
    delivery: Delivery
    endpoints: tuple[Endpoint, ...]
    roots: tuple[x509.Certificate, ...]
    pinned: frozenset[str]
    keys: tuple[PartnerKey, ...]
    limits: Limits
    retry: Retry
    agreements: tuple[Agreement, ...]
    contacts: tuple[Contact, ...]
    notes: str
    file: str
    digest: str
    public_phone: str = ""

    def __repr__(self) -> str:
        return f"Partner({self.code} {self.short_name}, {self.status.value}, {self.digest[:8]})"

    @property
    def is_sample(self) -> bool:
        """Whether it only shows how a file looks (示例): never dialled, never believed."""
        return self.status is Status.SAMPLE

    def keys_for(self, use: Use, at: datetime) -> tuple[PartnerKey, ...]:
        """Return the keys with which something may be signed for `use` at `at`."""
        return tuple(key for key in self.keys if key.use is use and key.may_seal(at))
