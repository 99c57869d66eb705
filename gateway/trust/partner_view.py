"""What the partner files say, as trust asks for it (`identity.PartnersView`).

Guarantees that a sample partner (示例) is not known and proves nothing, and that two views of equal files have equal
versions.  Holds one snapshot; a reload of the files or of the deny list makes a new view.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType

from cryptography import x509

from gateway.partners.keys import PartnerKey
from gateway.partners.partner import Partner
from gateway.trust.suites import KeyUse, VerifyKey, suite_named

_NO_KEYS: Mapping[str, VerifyKey] = MappingProxyType({})
_NO_PINS: AbstractSet[str] = frozenset()


class PartnerFilesView:
    """One snapshot of the partner files, its keys ready to verify with.

    Args:
        denied: ids of keys that are on the deny list.

    Raises:
        KEY_SUITE_UNAVAILABLE: a key of a suite that is not built in.
    """

    def __init__(self, partners: Iterable[Partner], denied: AbstractSet[str] = frozenset()) -> None:
        believed = sorted((partner for partner in partners if not partner.is_sample), key=lambda partner: partner.code)
        self._partners = {partner.code: partner for partner in believed}
        self._keys = {(partner.code, use): _verify_keys(partner, use, denied) for partner in believed for use in KeyUse}
        said = "\n".join((*(f"{partner.code} {partner.digest}" for partner in believed), *sorted(denied)))
        self._version = hashlib.sha256(said.encode()).digest()

    @property
    def version(self) -> bytes:
        """Equal for two views only if their files say the same."""
        return self._version

    def is_known(self, region: str) -> bool:
        """Whether there is a file, and not a sample, for the gateway with code `region`."""
        return region in self._partners

    def roots_of(self, region: str) -> Sequence[x509.Certificate] | None:
        """The certificates of the authorities that may speak for `region`."""
        partner = self._partners.get(region)
        return partner.roots if partner else None

    def pinned_of(self, region: str) -> AbstractSet[str]:
        """The fingerprints its file pins, if any."""
        partner = self._partners.get(region)
        return partner.pinned if partner else _NO_PINS

    def token_keys_of(self, region: str) -> Mapping[str, VerifyKey]:
        """The region's keys for tokens, by key id."""
        return self._keys.get((region, KeyUse.TOKEN), _NO_KEYS)

    def seal_keys_of(self, region: str) -> Mapping[str, VerifyKey]:
        """The region's keys for seals, by key id."""
        return self._keys.get((region, KeyUse.SEAL), _NO_KEYS)

    def keys_of(self, region: str) -> Mapping[str, VerifyKey]:
        """The region's keys of either use, as `dsse.verify_signatures` wants them."""
        return {**self.token_keys_of(region), **self.seal_keys_of(region)}


def _verify_keys(partner: Partner, use: KeyUse, denied: AbstractSet[str]) -> Mapping[str, VerifyKey]:
    return {key.kid: _verify_key(key, use, key.kid in denied) for key in partner.keys if key.use.value == use.value}


def _verify_key(key: PartnerKey, use: KeyUse, denied: bool) -> VerifyKey:
    suite = suite_named(key.algorithm.value)
    return VerifyKey(key.kid, use, suite, key.public, key.valid_from, key.accept_until, denied)
