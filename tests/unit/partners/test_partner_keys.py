"""Public keys and what names them."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.files.misfits import Misfit
from gateway.files.quantities import end_moment, start_moment
from gateway.partners.keys import fingerprint, load_key, load_roots, thumbprint
from gateway.partners.mirror import agreement_digest
from gateway.partners.redirects import Redirects
from gateway.partners.schema import Algorithm, Jwk, KeyEntry, Use
from tests.partners.partner_files import a_partner, an_agreement, checked, kid, public_key, put, root_pem

HERE = Path()


def entry(kid: str, algorithm: Algorithm = Algorithm.EDDSA, **key: object) -> KeyEntry:
    return KeyEntry(
        kid=kid,
        use=Use.SEAL,
        algorithm=algorithm,
        valid_from=start_moment("2026-01-01"),
        seal_until=end_moment("2026-12-31"),
        accept_until=end_moment("2027-01-31"),
        **key,  # type: ignore[arg-type]
    )


def test_a_thumbprint_is_the_one_of_the_standard() -> None:
    # RFC 8037 appendix A.3
    raw = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    loaded = load_key(
        entry("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", jwk=Jwk(kty="OKP", crv="Ed25519", x=raw)), HERE
    )

    assert isinstance(loaded.public, Ed25519PublicKey)
    assert thumbprint(loaded.public) == loaded.kid


def test_a_key_holds_from_its_first_day_to_its_last() -> None:
    public = Ed25519PrivateKey.from_private_bytes(b"\1" * 32).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    key = load_key(entry(thumbprint(public), pem=pem), HERE)

    assert key.may_seal(start_moment("2026-01-01"))
    assert key.may_seal(end_moment("2026-12-31"))
    assert not key.may_seal(start_moment("2027-01-01"))
    assert key.is_accepted(start_moment("2027-01-01"))
    assert not key.is_accepted(start_moment("2027-02-01"))


@pytest.mark.parametrize(
    "jwk",
    [
        Jwk(kty="oct", crv="P-256", x="AAAA"),
        Jwk(kty="OKP", crv="Ed25519", x="AAAA"),
        Jwk(kty="OKP", crv="Ed25519", x="not base64!"),
        Jwk(kty="EC", crv="P-256", x="A" * 43, y="B" * 43),
        Jwk(kty="EC", crv="P-256", x="A" * 43),
        Jwk(kty="EC", crv="P-384", x="A" * 64, y="B" * 64),
    ],
    ids=["symmetric", "short", "not base64url", "not on the curve", "half a point", "another curve"],
)
def test_what_is_no_usable_public_key_is_refused(jwk: Jwk) -> None:
    with pytest.raises(Misfit, match="cannot be used"):
        load_key(entry(kid(1), jwk=jwk), HERE)


def test_a_pem_key_of_another_curve_is_refused() -> None:
    public = derive_private_key(5, SECP384R1()).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    with pytest.raises(Misfit, match="cannot be used"):
        load_key(entry(kid(1), Algorithm.ES256, pem=pem), HERE)


def test_a_key_given_twice_or_not_at_all_is_refused() -> None:
    for key in ({}, {"pem": "x", "jwk": Jwk(kty="EC", crv="P-256", x="", y="")}):
        with pytest.raises(Misfit, match="once"):
            load_key(entry(kid(1), **key), HERE)


def test_roots_are_read_from_text_or_from_a_file_beside_the_partner_file(tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_text(root_pem(3) + root_pem(4), encoding="utf-8")

    inline, filed = load_roots(root_pem(3), tmp_path), load_roots("root.pem", tmp_path)

    assert [fingerprint(root) for root in filed][:1] == [fingerprint(root) for root in inline]
    assert len(filed) == 2
    assert len(fingerprint(inline[0])) == 64
    with pytest.raises(Misfit, match="no usable PEM"):
        load_roots("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", tmp_path)
    assert thumbprint(public_key(3)) == kid(3)


def test_both_sides_of_an_agreement_compute_the_same_digest(tmp_path: Path) -> None:
    folder = tmp_path / "partners"
    put(folder, a_partner(agreements=an_agreement("500240", directions="outward")))
    ours = checked(folder).partners[0].agreements[0]
    item = ours.items[0]
    theirs = type(ours)(
        number=ours.number,
        title="对方写的标题",
        valid_from=ours.valid_from,
        valid_to=ours.valid_to,
        our_scope=ours.their_scope,
        their_scope=ours.our_scope,
        items=(
            type(item)(
                name="社保卡",
                basic=item.basic,
                modes=item.modes,
                directions=(next(way for way in type(item.directions[0]) if way is not item.directions[0]),),
                powers=tuple(reversed(item.powers)),
            ),
        ),
    )

    assert agreement_digest(ours, ours="422800", theirs="500240") == agreement_digest(
        theirs, ours="500240", theirs="422800"
    )
    assert agreement_digest(ours, ours="422800", theirs="500240") != agreement_digest(
        theirs, ours="422800", theirs="500240"
    )


def test_redirects_are_found_by_name_and_by_code() -> None:
    redirects = Redirects.packaged()

    for name in (
        "户口迁移(工作调动)",
        "户口迁移（工作调动）",
        "首次申领居民身份证",
        "开具户籍类证明",
        "内地居民婚姻登记",
    ):
        found = redirects.of("000120099000", name)
        assert found, name
        assert found.url.startswith("https://")
        assert "?" not in found.url
    for name in (
        "内地居民婚姻登记档案查询/出具证明",
        "居民身份证换领、补领(异地受理)",
        "社会保障卡申领、补领、换领、换发",
        "",
    ):
        assert redirects.of("000120011000", name) is None


def test_a_redirect_may_also_name_basic_codes():
    raw = """\
redirects:
  - names: [户口迁移*]
    basic: ["000709999001"]   # 示例
    system: {zh: 公安系统, en: the police system}
    advice: {zh: 到派出所办理, en: go to a police station}
    url: https://zwfw.mps.gov.cn/
"""
    redirects = Redirects.parse(raw.encode(), "redirects.yaml")

    assert isinstance(redirects, Redirects)
    found = redirects.of("000709999001", "名称不同")
    assert found
    assert found.target.en == "the police system https://zwfw.mps.gov.cn/"
    assert redirects.of("000709999002", "名称不同") is None


def test_a_broken_redirect_file_is_a_finding() -> None:
    found = Redirects.parse(b"redirects: []\n", "redirects.yaml")

    assert not isinstance(found, Redirects)
    assert found[0].problem.en == "the list is too short"
