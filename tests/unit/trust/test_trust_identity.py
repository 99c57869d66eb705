from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes

from gateway.case.reasons import Reason
from gateway.trust.identity import IdentityCache, PeerIdentity, identify, prove_certificate
from gateway.trust.suites import KeyUse
from gateway.trust.tls import issue, new_authority
from gateway.trust.tokens import TokenMaker
from tests.unit.trust.trust_build import (
    ENSHI,
    NOW,
    QIANJIANG,
    XIANGXI,
    authority_of,
    certificate_of,
    key_of,
    partners,
    refused,
)

DAY = timedelta(days=1)


def token_of(region, certificate=None, now=NOW):
    bound_to = (certificate or certificate_of(region)).fingerprint
    return TokenMaker(region, key_of(region, KeyUse.TOKEN), bound_to, lambda: now, lambda: "id-1").token_for(ENSHI)


def call(certificate=None, token=None, *, view=None, now=NOW, cache=None, denied=frozenset()):
    """A call from 黔江 that reaches 恩施; valid unless something is given."""
    certificate = certificate or certificate_of(QIANJIANG)
    return identify(
        certificate.certificate_pem,
        token or token_of(QIANJIANG, certificate),
        view or partners(),
        ENSHI,
        now,
        IdentityCache() if cache is None else cache,
        denied,
    )


def test_certificate_and_token_of_one_region_make_one_identity():
    assert call() == PeerIdentity(
        region=QIANJIANG,
        certificate_fingerprint=certificate_of(QIANJIANG).fingerprint,
        certificate_serial=certificate_of(QIANJIANG).certificate.serial_number,
        kid=key_of(QIANJIANG, KeyUse.TOKEN).kid,
        jti="id-1",
        until=NOW + timedelta(minutes=5, seconds=30),
    )


@pytest.mark.parametrize("pem", [None, b"", b"rubbish", b"-----BEGIN CERTIFICATE-----\n"], ids=repr)
def test_a_caller_without_a_certificate_is_refused(pem):
    with refused(Reason.CERTIFICATE_MISSING):
        identify(pem, token_of(QIANJIANG), partners(), ENSHI, NOW, IdentityCache())
    with refused(Reason.CERTIFICATE_MISSING):
        prove_certificate(pem, partners(), ENSHI, NOW)


def test_a_certificate_that_names_no_region_is_refused():
    with refused(Reason.CERTIFICATE_REGION):
        call(authority_of(QIANJIANG), token_of(QIANJIANG))


def test_a_region_without_a_partner_file_is_refused():
    with refused(Reason.PARTNER_UNKNOWN):
        call(view=partners(XIANGXI))


def test_a_caller_that_names_our_own_region_is_refused():
    with refused(Reason.PARTNER_UNKNOWN):
        call(certificate_of(ENSHI), token_of(ENSHI), view=partners(ENSHI))


def test_a_certificate_naming_one_region_issued_by_anothers_authority_is_refused():
    forged = issue(authority_of(XIANGXI), QIANJIANG, ["localhost"], NOW, 1)
    with refused(Reason.CERTIFICATE_ISSUER):
        call(forged, token_of(QIANJIANG, forged))


def test_a_partner_without_roots_proves_nothing():
    view = partners()
    view.roots[QIANJIANG] = []
    with refused(Reason.CERTIFICATE_ISSUER):
        call(view=view)


def test_a_certificate_that_is_not_the_pinned_one_is_refused():
    view = partners()
    view.pinned[QIANJIANG] = {certificate_of(QIANJIANG).certificate.fingerprint(hashes.SHA256()).hex()}
    assert call(view=view).region == QIANJIANG
    second = issue(authority_of(QIANJIANG), QIANJIANG, [], NOW, 1)
    with refused(Reason.CERTIFICATE_ISSUER):
        call(second, view=view)


@pytest.mark.parametrize("now", [NOW - 2 * DAY, NOW + 400 * DAY], ids=["not yet", "past"])
def test_a_certificate_outside_its_dates_is_refused(now):
    with refused(Reason.CERTIFICATE_EXPIRED):
        call(token=token_of(QIANJIANG), now=now)


def test_a_certificate_whose_authority_is_out_of_date_is_refused():
    authority = new_authority(QIANJIANG, "示例", NOW, 10)
    long = issue(authority, QIANJIANG, [], NOW, 10)
    view = partners()
    view.roots[QIANJIANG] = [authority.certificate]
    assert prove_certificate(long.certificate_pem, view, ENSHI, NOW + 9 * DAY).until == NOW + 10 * DAY
    with refused(Reason.CERTIFICATE_EXPIRED):
        prove_certificate(long.certificate_pem, view, ENSHI, NOW + 10 * DAY + timedelta(seconds=1))


def test_a_denied_certificate_is_refused():
    serial = certificate_of(QIANJIANG).certificate.serial_number
    with refused(Reason.CERTIFICATE_DENIED):
        call(denied={(QIANJIANG, serial)})
    assert call(denied={(XIANGXI, serial), (QIANJIANG, serial + 1)}).region == QIANJIANG


def test_a_denied_certificate_is_refused_though_its_proof_is_remembered():
    cache, token = IdentityCache(), token_of(QIANJIANG)
    serial = call(token=token, cache=cache).certificate_serial
    with refused(Reason.CERTIFICATE_DENIED):
        call(token=token, cache=cache, denied={(QIANJIANG, serial)})
    assert call(token=token, cache=cache).region == QIANJIANG


def test_the_certificate_is_judged_before_the_token():
    forged = issue(authority_of(XIANGXI), QIANJIANG, [], NOW, 1)
    with refused(Reason.CERTIFICATE_ISSUER):
        identify(forged.certificate_pem, None, partners(), ENSHI, NOW, IdentityCache())
    with refused(Reason.TOKEN_MISSING):
        identify(certificate_of(QIANJIANG).certificate_pem, None, partners(), ENSHI, NOW, IdentityCache())


def test_a_stolen_token_is_worth_nothing_over_another_certificate():
    second = issue(authority_of(QIANJIANG), QIANJIANG, [], NOW, 1)
    with refused(Reason.TOKEN_NOT_BOUND):
        call(second, token_of(QIANJIANG))


def test_a_token_over_another_regions_certificate_is_refused():
    with refused(Reason.TOKEN_REGION):
        call(certificate_of(XIANGXI), token_of(QIANJIANG))


def test_a_token_bound_to_anothers_certificate_does_not_make_its_issuer_that_region():
    with refused(Reason.TOKEN_REGION):
        call(certificate_of(XIANGXI), token_of(QIANJIANG, certificate_of(XIANGXI)))


class CountingPartners:
    """Counts how often the proof was made rather than recalled."""

    def __init__(self, view):
        self.view, self.proved = view, 0

    def __getattr__(self, name):
        return getattr(self.view, name)

    def roots_of(self, region):
        self.proved += 1
        return self.view.roots_of(region)


def test_a_proof_is_made_once_per_token():
    cache, view, token = IdentityCache(), CountingPartners(partners()), token_of(QIANJIANG)
    first = call(token=token, view=view, cache=cache)
    again = call(token=token, view=view, cache=cache, now=NOW + timedelta(minutes=5, seconds=29))
    assert again is first
    assert view.proved == 1


def test_a_remembered_proof_ends_with_its_token():
    cache, token = IdentityCache(), token_of(QIANJIANG)
    call(token=token, cache=cache)
    with refused(Reason.TOKEN_EXPIRED):
        call(token=token, cache=cache, now=NOW + timedelta(minutes=5, seconds=30))
    assert len(cache) == 0


def test_a_remembered_proof_ends_with_its_certificate():
    short = issue(authority_of(QIANJIANG), QIANJIANG, [], NOW - DAY + timedelta(minutes=1), 1)
    cache, token = IdentityCache(), token_of(QIANJIANG, short)
    assert call(short, token, cache=cache).until == NOW + timedelta(minutes=1)
    with refused(Reason.CERTIFICATE_EXPIRED):
        call(short, token, cache=cache, now=NOW + timedelta(minutes=1, seconds=1))


def test_a_clock_that_was_set_back_proves_again():
    cache, token = IdentityCache(), token_of(QIANJIANG)
    call(token=token, cache=cache)
    with refused(Reason.TOKEN_NOT_YET_VALID):
        call(token=token, cache=cache, now=NOW - timedelta(minutes=5))


def test_a_new_snapshot_of_the_partners_proves_again():
    cache, view, token = IdentityCache(), partners(), token_of(QIANJIANG)
    call(token=token, view=view, cache=cache)
    view.token_keys[QIANJIANG] = {}
    view.version = 2
    with refused(Reason.TOKEN_KEY_UNKNOWN):
        call(token=token, view=view, cache=cache)


def test_a_remembered_token_does_not_serve_another_certificate():
    cache, token = IdentityCache(), token_of(QIANJIANG)
    call(token=token, cache=cache)
    second = issue(authority_of(QIANJIANG), QIANJIANG, [], NOW, 1)
    with refused(Reason.TOKEN_NOT_BOUND):
        call(second, token, cache=cache)


def test_a_refusal_is_not_remembered():
    cache, view, token = IdentityCache(), partners(), token_of(QIANJIANG)
    keys, view.token_keys[QIANJIANG] = view.token_keys[QIANJIANG], {}
    with refused(Reason.TOKEN_KEY_UNKNOWN):
        call(token=token, view=view, cache=cache)
    view.token_keys[QIANJIANG] = keys
    assert call(token=token, view=view, cache=cache).region == QIANJIANG


def test_the_oldest_proof_goes_when_the_cache_is_full():
    cache, view = IdentityCache(limit=2), CountingPartners(partners())
    tokens = [token_of(QIANJIANG, now=NOW + timedelta(seconds=number)) for number in range(3)]
    for token in tokens:
        call(token=token, view=view, cache=cache)
    assert len(cache) == 2
    call(token=tokens[2], view=view, cache=cache)
    assert view.proved == 3
    call(token=tokens[0], view=view, cache=cache)
    assert view.proved == 4
