"""Real keys, certificates and a partner view for the tests of trust: valid by default, one thing changed at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Self

import pytest
from cryptography import x509

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.trust.keys import new_key
from gateway.trust.suites import ED25519, P256, KeyUse, SigningKey, Suite, VerifyKey
from gateway.trust.tls import Certified, issue, new_authority

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ENSHI, QIANJIANG, XIANGXI = "422800", "500114", "433100"
SUITES = pytest.mark.parametrize("suite", [ED25519, P256], ids=["Ed25519", "P-256"])


class refused:
    """A block that must be refused for exactly this reason."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        self.error: GatewayError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        assert isinstance(error, GatewayError), f"expected {self.reason.value}, got {error!r}"
        assert error.reason is self.reason, f"expected {self.reason.value}, got {error}"
        assert "{" not in error.cause.zh + error.cause.en + error.fix.zh + error.fix.en
        self.error = error
        return True


@cache
def authority_of(region: str) -> Certified:
    return new_authority(region, f"示例 {region}", NOW - timedelta(days=30), 3650)


@cache
def certificate_of(region: str) -> Certified:
    return issue(authority_of(region), region, ["localhost", "127.0.0.1"], NOW - timedelta(days=1), 365)


def key_of(region: str, use: KeyUse, suite: Suite = P256) -> SigningKey:
    return _key_of(region, use, suite)


@cache
def _key_of(_region: str, use: KeyUse, suite: Suite) -> SigningKey:
    return new_key(use, suite, now=NOW - timedelta(days=1))


@dataclass
class FakePartners:
    """One snapshot of partner files, held in memory."""

    roots: dict[str, list[x509.Certificate]] = field(default_factory=dict)
    token_keys: dict[str, dict[str, VerifyKey]] = field(default_factory=dict)
    seal_keys: dict[str, dict[str, VerifyKey]] = field(default_factory=dict)
    pinned: dict[str, set[str]] = field(default_factory=dict)
    version: int = 1

    def is_known(self, region: str) -> bool:
        return region in self.roots

    def roots_of(self, region: str) -> Sequence[x509.Certificate] | None:
        return self.roots.get(region)

    def pinned_of(self, region: str) -> set[str]:
        return self.pinned.get(region, set())

    def token_keys_of(self, region: str) -> Mapping[str, VerifyKey]:
        return self.token_keys.get(region, {})

    def seal_keys_of(self, region: str) -> Mapping[str, VerifyKey]:
        return self.seal_keys.get(region, {})


def partners(*regions: str, suite: Suite = P256) -> FakePartners:
    view = FakePartners()
    for region in regions or (QIANJIANG, XIANGXI):
        view.roots[region] = [authority_of(region).certificate]
        for use, keys in ((KeyUse.TOKEN, view.token_keys), (KeyUse.SEAL, view.seal_keys)):
            public = key_of(region, use, suite).public_part()
            keys[region] = {public.kid: public}
    return view
