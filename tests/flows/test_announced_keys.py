"""What a partner announces of its keys: believed by nobody until a person approves it, and an alarm where it is not proven."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.app.opening import embedded_store
from gateway.app.world import real_world
from gateway.case.reasons import Reason
from gateway.flows.keys.announcing import announcement
from gateway.flows.keys.hearing import NO_NEWS, Heard, hear
from gateway.partners.partner import Partner
from gateway.settings import load_divisions, load_settings
from gateway.store import announced_keys, audit
from gateway.store.announced_keys import Standing
from gateway.store.database import Database
from gateway.trust.dsse import ENVELOPE_PAYLOAD, KEYS_PAYLOAD, sign_payload
from gateway.trust.keys import OwnKeys, new_key
from gateway.trust.partner_view import PartnerFilesView
from gateway.trust.suites import ED25519, P256, KeyUse, SigningKey
from gateway.wire.codec import sealed_from_bytes, sealed_to_bytes
from gateway.wire.envelope import Sealed, Signature
from tests.certificates import QIANJIANG, XIANGXI, Region, region, wall_clock
from tests.unit.cli.test_homes import made

NOW = wall_clock()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    _, settings = made(tmp_path / "enshi")
    settings, _ = load_settings(settings.file, load_divisions())
    assert settings
    async with embedded_store(settings, real_world()) as opened:
        yield opened


def own(of: Region, *more: SigningKey) -> OwnKeys:
    return OwnKeys(Path(), (of.token_key, of.seal_key, *more))


def announced(of: Region, *more: SigningKey, signers: tuple[SigningKey, ...] = ()) -> bytes:
    return announcement(own(of, *more), of.code, signers or (of.seal_key,), NOW)


def a_next(use: KeyUse = KeyUse.SEAL) -> SigningKey:
    return new_key(use, P256, now=NOW + timedelta(days=14))


async def heard(database: Database, sealed: bytes, partner: Partner, denied: frozenset[str] = frozenset()) -> Heard:
    keys = PartnerFilesView([partner], denied).keys_of(partner.code)
    return await database.write(lambda tx: hear(tx, sealed, partner, keys, NOW))


async def waiting(database: Database) -> dict[str, Standing]:
    return {row.kid: row.standing for row in await database.read(announced_keys.undecided)}


async def test_what_a_known_key_sealed_waits_for_a_person_and_is_told_once(database: Database) -> None:
    there, key = region(QIANJIANG), a_next()
    sealed = announced(there, key)
    assert await heard(database, sealed, there.as_partner()) == Heard(waiting=(key.kid,))
    assert await waiting(database) == {key.kid: Standing.WAITING}
    assert await heard(database, sealed, there.as_partner()) == NO_NEWS
    (note,) = await database.read(lambda tx: audit.about(tx, QIANJIANG))
    assert (note.act, note.outcome, note.detail) == ("keys.announce", "waiting", key.kid)


async def test_nothing_is_announced_that_partners_cannot_lack() -> None:
    assert announced(region(QIANJIANG)) == b""


def tampered(sealed: bytes) -> bytes:
    one = sealed_from_bytes(sealed)
    return sealed_to_bytes(replace(one, payload=one.payload.replace(b"500114", b"500115")))


def unsigned(sealed: bytes) -> bytes:
    return sealed_to_bytes(replace(sealed_from_bytes(sealed), signatures=()))


def under_another_type(sealed: bytes) -> bytes:
    payload = sealed_from_bytes(sealed).payload
    signature = Signature(*sign_payload(region(QIANJIANG).seal_key, ENVELOPE_PAYLOAD, payload))
    return sealed_to_bytes(Sealed(payload, ENVELOPE_PAYLOAD, (signature,)))


def by_a_token_key(sealed: bytes) -> bytes:
    key = replace(region(QIANJIANG).token_key, use=KeyUse.SEAL)
    payload = sealed_from_bytes(sealed).payload
    return sealed_to_bytes(Sealed(payload, KEYS_PAYLOAD, (Signature(*sign_payload(key, KEYS_PAYLOAD, payload)),)))


def by_the_new_key_alone(_: bytes) -> bytes:
    key = a_next()
    return announced(region(QIANJIANG), key, signers=(key,))


def of_another_region(_: bytes) -> bytes:
    there = region(QIANJIANG)
    return announcement(own(there, a_next()), XIANGXI, (there.seal_key,), NOW)


def nonsense(_: bytes) -> bytes:
    payload = b"\xff\xff"
    signature = Signature(*sign_payload(region(QIANJIANG).seal_key, KEYS_PAYLOAD, payload))
    return sealed_to_bytes(Sealed(payload, KEYS_PAYLOAD, (signature,)))


@pytest.mark.parametrize(
    ("bent", "reason"),
    [
        (tampered, Reason.SEAL_SIGNATURE),
        (unsigned, Reason.MALFORMED_SEAL),
        (under_another_type, Reason.PAYLOAD_TYPE),
        (by_a_token_key, Reason.SEAL_KEY_USE),
        (by_the_new_key_alone, Reason.SEAL_KEY_UNKNOWN),
        (of_another_region, Reason.SENDER_NOT_CALLER),
        (nonsense, Reason.MALFORMED),
    ],
)
async def test_what_is_not_proven_is_an_alarm_told_once_and_nothing_is_kept_of_it(
    database: Database, bent, reason: Reason
) -> None:
    there = region(QIANJIANG)
    sealed = bent(announced(there, a_next()))
    assert await heard(database, sealed, there.as_partner()) == Heard(doubt=reason)
    assert await heard(database, sealed, there.as_partner()) == NO_NEWS
    assert await waiting(database) == {}
    (doubt,) = await database.read(announced_keys.doubts)
    assert (doubt.partner, doubt.reason, doubt.times) == (QIANJIANG, reason.value, 2)
    await heard(database, announced(there, a_next()), there.as_partner())
    assert await database.read(announced_keys.doubts) == [], "a good one ends the alarm"


async def test_a_denied_key_announces_nothing(database: Database) -> None:
    there = region(QIANJIANG)
    denied = frozenset({there.seal_key.kid})
    assert await heard(database, announced(there, a_next()), there.as_partner(), denied) == Heard(
        doubt=Reason.SEAL_KEY_DENIED
    )


async def test_a_key_that_is_not_announced_any_more_does_not_wait_any_more(database: Database) -> None:
    there, first, second = region(QIANJIANG), a_next(), a_next(KeyUse.TOKEN)
    await heard(database, announced(there, first, second), there.as_partner())
    await heard(database, announced(there, second), there.as_partner())
    assert await waiting(database) == {second.kid: Standing.WAITING}


async def test_keys_of_either_suite_travel_whole(database: Database) -> None:
    there = region(QIANJIANG)
    key = new_key(KeyUse.SEAL, ED25519, now=NOW + timedelta(days=1))
    await heard(database, announced(there, key), there.as_partner())
    (row,) = await database.read(announced_keys.undecided)
    assert (row.algorithm, row.use, row.proven_by) == ("EdDSA", "seal", there.seal_key.kid)
    assert (row.valid_from, row.seal_until, row.accept_until) == (key.valid_from, key.seal_until, key.accept_until)


async def test_many_announcements_keep_a_bounded_number_of_keys(database: Database) -> None:
    there = region(QIANJIANG)
    await database.write(lambda tx: None)
    for _ in range(6):
        keys = tuple(a_next() for _ in range(8))
        await heard(database, announced(there, *keys), there.as_partner())
        rows = await database.read(announced_keys.undecided)
        decided = [replace(row, standing=Standing.REJECTED) for row in rows]
        await database.write(lambda tx, decided=decided: [announced_keys.keep(tx, row) for row in decided])
    kept = await database.read(lambda tx: announced_keys.of(tx, QIANJIANG))
    assert len(kept) <= announced_keys.MOST
