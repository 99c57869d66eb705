from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from gateway.case.reasons import Reason
from gateway.partners.keys import fingerprint, load_key
from gateway.partners.limits import Limits, Retry
from gateway.partners.partner import Partner
from gateway.partners.schema import Delivery, KeyEntry, Status
from gateway.trust.dsse import ENVELOPE_PAYLOAD, sign_payload, verify_signatures
from gateway.trust.identity import IdentityCache, identify
from gateway.trust.keys import partner_file_entries
from gateway.trust.partner_view import PartnerFilesView
from gateway.trust.suites import ED25519, P256, KeyUse
from gateway.trust.tokens import TokenMaker
from tests.unit.trust.trust_build import (
    ENSHI,
    NOW,
    QIANJIANG,
    SUITES,
    XIANGXI,
    authority_of,
    certificate_of,
    key_of,
    refused,
)


def a_partner(folder, code=QIANJIANG, suite=P256, **changes):
    """A partner as its file would give it, with one key of each use."""
    entries = partner_file_entries([key_of(code, use, suite) for use in KeyUse])
    good = Partner(
        code=code,
        name="示例",
        short_name="示例",
        status=Status.ACTIVE,
        history=(),
        delivery=Delivery.PUSH,
        endpoints=(),
        roots=(authority_of(code).certificate,),
        pinned=frozenset(),
        keys=tuple(load_key(TypeAdapter(KeyEntry).validate_python(entry), folder) for entry in entries),
        limits=Limits(),
        retry=Retry(),
        agreements=(),
        contacts=(),
        notes="",
        file=f"{code}-示例.yaml",
        digest=f"digest of {code} {suite.name}",
    )
    return replace(good, **changes)


def call(view, suite=P256):
    certificate = certificate_of(QIANJIANG)
    maker = TokenMaker(
        QIANJIANG, key_of(QIANJIANG, KeyUse.TOKEN, suite), certificate.fingerprint, lambda: NOW, lambda: "id-1"
    )
    return identify(certificate.certificate_pem, maker.token_for(ENSHI), view, ENSHI, NOW, IdentityCache())


@SUITES
def test_a_partner_with_a_file_proves_who_it_is_and_what_it_said(tmp_path, suite):
    view = PartnerFilesView([a_partner(tmp_path, suite=suite)])
    assert call(view, suite).region == QIANJIANG
    key = key_of(QIANJIANG, KeyUse.SEAL, suite)
    signed = sign_payload(key, ENVELOPE_PAYLOAD, b"payload")
    assert verify_signatures(ENVELOPE_PAYLOAD, b"payload", [signed], view.keys_of(QIANJIANG), NOW) == key.kid


def test_a_paused_partner_is_still_who_it_is(tmp_path):
    assert call(PartnerFilesView([a_partner(tmp_path, status=Status.PAUSED)])).region == QIANJIANG


def test_a_sample_partner_proves_nothing(tmp_path):
    view = PartnerFilesView([a_partner(tmp_path, status=Status.SAMPLE)])
    assert view.roots_of(QIANJIANG) is None
    assert view.keys_of(QIANJIANG) == {}
    with refused(Reason.PARTNER_UNKNOWN):
        call(view)


def test_each_use_has_its_own_keys_and_the_dates_of_the_file(tmp_path):
    view = PartnerFilesView([a_partner(tmp_path), a_partner(tmp_path, XIANGXI, ED25519)])
    for use, found in (
        (KeyUse.TOKEN, view.token_keys_of(XIANGXI)),
        (KeyUse.SEAL, view.seal_keys_of(XIANGXI)),
    ):
        assert found == {key_of(XIANGXI, use, ED25519).kid: key_of(XIANGXI, use, ED25519).public_part()}


def test_a_region_without_a_file_has_nothing(tmp_path):
    view = PartnerFilesView([a_partner(tmp_path)])
    assert not view.is_known(XIANGXI)
    assert view.roots_of(XIANGXI) is None
    assert (view.token_keys_of(XIANGXI), view.seal_keys_of(XIANGXI), view.keys_of(XIANGXI)) == ({}, {}, {})
    assert view.pinned_of(XIANGXI) == frozenset()


@pytest.mark.parametrize("code", [QIANJIANG, XIANGXI], ids=["its own", "another's"])
def test_only_the_pinned_certificate_is_believed(tmp_path, code):
    pinned = frozenset({fingerprint(certificate_of(code).certificate)})
    view = PartnerFilesView([a_partner(tmp_path, pinned=pinned)])
    if code == QIANJIANG:
        assert call(view).region == QIANJIANG
    else:
        with refused(Reason.CERTIFICATE_ISSUER):
            call(view)


def test_the_version_changes_with_what_the_files_say_and_with_nothing_else(tmp_path):
    one, two = a_partner(tmp_path), a_partner(tmp_path, XIANGXI)
    version = PartnerFilesView([one, two]).version
    assert PartnerFilesView([two, one]).version == version
    assert PartnerFilesView([one, replace(two, digest="changed")]).version != version
    assert PartnerFilesView([one]).version != version
