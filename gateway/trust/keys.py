"""This gateway's own signing keys: made, kept in files, and shown to partners.

One JSON file per key, mode 0600, named `<use>-<kid>.key.json`, the private part as PKCS #8 PEM inside.  Guarantees
that a key is used for one thing only and that nothing is signed with a key after its `seal_until`.

Leaves to others: partners' keys (`partners`, joined in `partner_view`), the storage key (`vault`), TLS keys (`tls`).
"""

import json
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from cryptography.hazmat.primitives import serialization

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.trust.secret_files import damaged, need_closed, read_secret, write_secret
from gateway.trust.suites import KeyUse, PrivateKey, SigningKey, Suite, suite_named, thumbprint

SEAL_FOR = timedelta(days=365)
ACCEPT_AFTER = timedelta(days=60)
BESIDE = timedelta(days=60)
"""After a key was replaced the one before signs beside it for so long, if its own dates allow."""
_SUFFIX = ".key.json"
_TEXT_MEMBERS = ("kid", "use", "suite", "private")
_TIME_MEMBERS = ("valid_from", "seal_until", "accept_until")


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """The keys of one folder, oldest first."""

    folder: Path
    keys: tuple[SigningKey, ...]

    def without(self, denied: AbstractSet[str]) -> "OwnKeys":
        """Return the keys that are not denied; a key of our own on the deny list signs nothing more."""
        return replace(self, keys=tuple(key for key in self.keys if key.kid not in denied))

    def signing(self, use: KeyUse, now: datetime) -> tuple[SigningKey, ...]:
        """Return `current` and, while partners may not have the new key yet, the one before it.

        Raises:
            KEY_FILE_MISSING, KEY_NOT_IN_FORCE: see `current`.
        """
        newest = self.current(use, now)
        older = [key for key in self.keys if key.use is use and key.may_sign_at(now)]
        before = older[: older.index(newest)]
        lately = newest.valid_from is not None and now < newest.valid_from + BESIDE
        return (newest, before[-1]) if before and lately else (newest,)

    def current(self, use: KeyUse, now: datetime) -> SigningKey:
        """Return the newest key of that use which may sign at `now`.

        Raises:
            KEY_FILE_MISSING: there is no key of that use.
            KEY_NOT_IN_FORCE: there is one, and not at `now`: it ended, or our clock is wrong.
        """
        known = [key for key in self.keys if key.use is use]
        for key in reversed(known):
            if key.may_sign_at(now):
                return key
        raise _not_in_force(known[-1], now) if known else _missing(self.folder, use)


def _generated(suite: Suite) -> tuple[PrivateKey, str]:
    private = suite.generate()
    return private, thumbprint(suite.public_to_jwk(private.public_key()))


def new_key(
    use: KeyUse,
    suite: Suite,
    *,
    now: datetime | None = None,
    seal_for: timedelta = SEAL_FOR,
    accept_after: timedelta = ACCEPT_AFTER,
) -> SigningKey:
    """Make a key with the operating system's randomness.

    Args:
        now: aware UTC, from when the key counts; None makes a key without dates.
        seal_for: how long it signs.
        accept_after: how much longer partners accept it; at least the longest life of an envelope.
    """
    private, kid = _generated(suite)
    while kid.startswith("-"):  # a command would take it for an option
        private, kid = _generated(suite)
    if now is None:
        return SigningKey(kid, use, suite, private)
    start = now.astimezone(UTC).replace(microsecond=0)
    return SigningKey(kid, use, suite, private, start, start + seal_for, start + seal_for + accept_after)


def save_key(folder: Path, key: SigningKey) -> Path:
    """Write the key to its file in `folder` and return the file; on disk, mode 0600, when this returns.

    Raises:
        KEY_USE_MIXED: the folder holds the same key for the other use.
    """
    for use in KeyUse:
        other = folder / f"{use}-{key.kid}{_SUFFIX}"
        if use is not key.use and other.exists():
            raise GatewayError(Reason.KEY_USE_MIXED, file=other, kid=key.kid)
    pem = key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    content = {
        "kid": key.kid,
        "use": key.use.value,
        "suite": key.suite.name,
        "valid_from": _written(key.valid_from),
        "seal_until": _written(key.seal_until),
        "accept_until": _written(key.accept_until),
        "private": pem.decode("ascii"),
    }
    file = folder / f"{key.use}-{key.kid}{_SUFFIX}"
    write_secret(file, json.dumps(content, indent=2).encode() + b"\n")
    return file


def load_keys(folder: Path) -> OwnKeys:
    """Read every key file of `folder`; there must be at least one key of each use.

    Raises:
        KEY_FILE_MISSING, KEY_FILE_OPEN, KEY_FOLDER_OPEN: with the command that mends it.
        KEY_USE_MIXED: one key in files of both uses.
        KEY_SUITE_UNAVAILABLE: a key of a suite that is not built in.
        CONFIGURATION: a damaged file.
    """
    need_closed(folder)
    keys: dict[str, SigningKey] = {}
    for file in sorted(folder.glob(f"*{_SUFFIX}")):
        key = _read(file)
        if (same := keys.get(key.kid)) and same.use is not key.use:
            raise GatewayError(Reason.KEY_USE_MIXED, file=file, kid=key.kid)
        keys[key.kid] = key
    for use in KeyUse:
        if not any(key.use is use for key in keys.values()):
            raise _missing(folder, use)
    earliest = datetime.min.replace(tzinfo=UTC)
    return OwnKeys(folder, tuple(sorted(keys.values(), key=lambda key: (key.valid_from or earliest, key.kid))))


def partner_file_entries(keys: Iterable[SigningKey]) -> list[dict[str, object]]:
    """Return the public parts as the entries of `keys` in the partner file another region keeps about this one."""
    return [
        {
            "kid": key.kid,
            "use": key.use.value,
            "algorithm": key.suite.name,
            "jwk": key.suite.public_to_jwk(key.private.public_key()),
            **_dates(key),
        }
        for key in keys
    ]


def public_jwks(keys: Iterable[SigningKey]) -> dict[str, list[dict[str, str]]]:
    """Return the public parts as a JWK set, `use` being seal or token and the dates further members.  RFC 7517 §5."""
    return {
        "keys": [
            {
                **key.suite.public_to_jwk(key.private.public_key()),
                "kid": key.kid,
                "alg": key.suite.name,
                "use": key.use.value,
                **_dates(key),
            }
            for key in keys
        ]
    }


def _dates(key: SigningKey) -> dict[str, str]:
    dates = {name: _written(getattr(key, name)) for name in _TIME_MEMBERS}
    return {name: moment for name, moment in dates.items() if moment is not None}


def _missing(folder: Path, use: KeyUse) -> GatewayError:
    return GatewayError(
        Reason.KEY_FILE_MISSING, file=folder / f"{use}-*{_SUFFIX}", command=f"tongban keys new --use {use} --in-days 0"
    )


def _not_in_force(newest: SigningKey, now: datetime) -> GatewayError:
    return GatewayError(
        Reason.KEY_NOT_IN_FORCE,
        use=newest.use.value,
        now=_written(now),
        valid_from=_written(newest.valid_from) or "…",
        seal_until=_written(newest.seal_until) or "…",
        command=f"tongban keys new --use {newest.use} --in-days 0",
    )


def _read(file: Path) -> SigningKey:
    raw = read_secret(file, "tongban keys new --in-days 0")
    try:
        content = json.loads(raw)
        texts = {name: content[name] for name in _TEXT_MEMBERS}
        if not all(isinstance(value, str) for value in texts.values()):
            raise ValueError("a member is not text")
        use, suite = KeyUse(texts["use"]), suite_named(texts["suite"])
        times = {name: _moment(content[name]) for name in _TIME_MEMBERS}
        private = serialization.load_pem_private_key(texts["private"].encode(), password=None)
    except (ValueError, KeyError, TypeError, RecursionError):
        # Not chained: a parser's error may quote the private key.
        raise damaged(file, "不是可用的密钥文件", "it is not a usable key file") from None
    if not suite.owns(private):
        raise damaged(file, "私钥与 suite 不符", "the private key is not one of its suite")
    try:
        return SigningKey(texts["kid"], use, suite, cast(PrivateKey, private), **times)
    except ValueError:
        raise damaged(file, "kid 与私钥不符", "kid does not belong to the private key") from None


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: object) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(cast(str, text))
    if moment.tzinfo is None:
        raise ValueError("a time without zone")
    return moment.astimezone(UTC)
