"""While a key is being replaced: which keys sign, and which token a partner gets that does not know the new one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt

from gateway.trust.keys import BESIDE, OwnKeys, new_key
from gateway.trust.suites import P256, KeyUse
from gateway.trust.tokens import OLDER_FOR, TokenMaker

NOW = datetime(2026, 11, 25, tzinfo=UTC)
DAY = timedelta(days=1)
OLD, NEW = (new_key(KeyUse.TOKEN, P256, now=NOW + days * DAY) for days in (-300, 0))
OWN = OwnKeys(Path(), (OLD, NEW))


def test_the_one_before_signs_beside_the_new_one_for_a_while_and_not_before_or_after() -> None:
    assert OWN.signing(KeyUse.TOKEN, NOW - DAY) == (OLD,)
    assert OWN.signing(KeyUse.TOKEN, NOW) == (NEW, OLD)
    assert OWN.signing(KeyUse.TOKEN, NOW + BESIDE - DAY) == (NEW, OLD)
    assert OWN.signing(KeyUse.TOKEN, NOW + BESIDE) == (NEW,)


def test_a_denied_key_signs_neither_alone_nor_beside() -> None:
    assert OWN.without({OLD.kid}).signing(KeyUse.TOKEN, NOW) == (NEW,)
    assert OWN.without({NEW.kid}).signing(KeyUse.TOKEN, NOW) == (OLD,)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def test_only_the_partner_that_does_not_know_the_new_key_gets_the_old_one_and_for_an_hour() -> None:
    clock = Clock()
    maker = TokenMaker("422800", lambda now: OWN.signing(KeyUse.TOKEN, now), "fingerprint", clock, lambda: "id")
    assert kid(maker.token_for("500114")) == NEW.kid
    assert maker.key_not_known("500114")
    assert kid(maker.token_for("500114")) == OLD.kid
    assert kid(maker.token_for("433100")) == NEW.kid
    assert not maker.key_not_known("500114"), "there is none older to try"
    clock.now += OLDER_FOR
    assert kid(maker.token_for("500114")) == NEW.kid


def test_with_one_key_there_is_nothing_else_to_try() -> None:
    maker = TokenMaker("422800", NEW, "fingerprint", Clock(), lambda: "id")
    assert not maker.key_not_known("500114")
    maker.token_for("500114")
    assert not maker.key_not_known("500114")


def test_a_key_that_comes_into_force_or_is_denied_is_followed_at_once_and_not_when_a_token_ends() -> None:
    clock, denied = Clock(), set()
    clock.now = NOW - timedelta(minutes=1)
    maker = TokenMaker(
        "422800", lambda now: OWN.without(denied).signing(KeyUse.TOKEN, now), "fingerprint", clock, lambda: "id"
    )
    assert kid(maker.token_for("500114")) == OLD.kid
    clock.now = NOW
    assert kid(maker.token_for("500114")) == NEW.kid
    denied.add(NEW.kid)
    assert kid(maker.token_for("500114")) == OLD.kid
