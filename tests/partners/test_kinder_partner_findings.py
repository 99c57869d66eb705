"""What is said about places, keys, certificates, limits and file names: which one was meant, and how to mend it."""

from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from gateway.partners.near_divisions import meant
from tests.partners.partner_files import a_partner, an_agreement, checked, divisions, jwk, printed, put, root_pem

GOOD = a_partner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "partners"


def test_a_code_with_two_digits_swapped_names_the_one_that_was_meant(folder: Path) -> None:
    put(folder, GOOD.replace("our_scope: [422802]", "our_scope: [422082]"))

    assert printed(folder) == [
        "partners/500240-测试.yaml:30: agreements[0].our_scope[0]: 区划代码 422082 不存在",
        "    怎么改: 是不是 422802 湖北省恩施土家族苗族自治州利川市?",
    ]


def test_places_of_the_region_are_named_first_and_three_at_most() -> None:
    said = meant("422809", "422800", divisions())

    assert said
    assert said.en.startswith("did you mean 422800 ")
    assert said.en.count(" 湖北省恩施土家族苗族自治州") == 3
    assert meant("999999", "422800", divisions()) is None


def test_a_name_that_belongs_to_another_code_is_refused(folder: Path) -> None:
    put(folder, GOOD.replace("name: 测试地区500240", "name: 重庆市彭水苗族土家族自治县", 1))

    assert printed(folder, "en") == [
        (
            "partners/500240-测试.yaml:2: name: '重庆市彭水苗族土家族自治县' has the code 500243, but code is 500240 "
            "重庆市石柱土家族自治县"
        ),
        "    fix: correct name or code: both must be of one region",
    ]


@pytest.mark.parametrize("name", ["重庆市石柱土家族自治县", "重庆市 石柱土家族自治县", "石柱县人民政府", "鼓楼区"])
def test_the_regions_own_name_and_names_of_several_places_are_fine(folder: Path, name: str) -> None:
    put(folder, GOOD.replace("name: 测试地区500240", f"name: {name}", 1))

    assert printed(folder) == []


def test_a_batch_that_takes_longer_than_a_minute_is_told_where_it_was_written(folder: Path) -> None:
    put(folder, GOOD + "limits:\n  envelopes_per_minute: 10\n  largest_batch: 20\n")
    lines = printed(folder, "en")
    put(folder, GOOD + "limits:\n  envelopes_per_minute: 10\n")

    assert lines[0].endswith(
        "limits.largest_batch: warning: a batch may hold 20, but only 10 are taken a minute: the rest waits each time"
    )
    assert printed(folder) == []


def test_a_certificate_in_binary_form_says_how_to_convert_it(folder: Path) -> None:
    put(folder, GOOD.replace("500240-root.pem", "root.der"))
    (folder / "root.der").write_bytes(x509.load_pem_x509_certificate(root_pem(1).encode()).public_bytes(Encoding.DER))

    assert printed(folder, "en") == [
        "partners/500240-测试.yaml:9: tls.roots[0]: file root.der is no PEM text",
        "    fix: convert a binary (DER) certificate: openssl x509 -inform der -in root.der -out NEW.pem",
    ]


def test_a_folder_in_place_of_a_file_is_told(folder: Path) -> None:
    put(folder, GOOD.replace("- 500240-root.pem", "- ."))

    assert printed(folder, "en")[0].startswith("partners/500240-测试.yaml:9: tls.roots[0]: file . cannot be read")


def test_a_certificate_in_place_of_a_public_key_is_named(folder: Path) -> None:
    pem = "|\n" + "".join(f"      {line}\n" for line in root_pem(3).splitlines())
    put(folder, GOOD.replace(f"    jwk: {jwk(500240)}\n", f"    pem: {pem}"))

    assert printed(folder, "en")[0].endswith("keys[0]: this is a certificate and no public key")


def test_an_end_certificate_among_the_roots_is_told(folder: Path) -> None:
    signer = derive_private_key(5, SECP256R1())
    subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("gateway", "authority"))
    leaf = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(signer.public_key())
        .serial_number(5)
        .not_valid_before(datetime(2025, 1, 1))
        .not_valid_after(datetime(2050, 1, 1))
        .sign(signer, hashes.SHA256())
    )
    put(folder, GOOD)
    (folder / "500240-root.pem").write_bytes(leaf.public_bytes(Encoding.PEM))

    assert printed(folder, "en")[0] == (
        "partners/500240-测试.yaml:8: tls.roots: warning: certificate CN=gateway is no authority: nothing it issued is believed"
    )


def test_keys_of_which_none_is_valid_yet_are_told(folder: Path) -> None:
    put(folder, GOOD.replace("valid_from: 2026-01-01\n    seal", "valid_from: 2027-01-01\n    seal", 1))

    assert printed(folder, "en") == [
        (
            "partners/500240-测试.yaml:15: keys[0].valid_from: warning: before 2027-01-01 there is no usable key with "
            "use: seal; what the partner sends is refused"
        ),
        "    fix: add the key in use now, or check valid_from",
    ]


def test_an_agreement_that_begins_later_is_nothing_to_complain_of(folder: Path) -> None:
    put(folder, a_partner(agreements=an_agreement("500240", valid_from="2027-06-01")))

    assert printed(folder) == []


@pytest.mark.parametrize("name", ["500240-测试.yaml.txt", "500240-测试.YAML", "500240-测试．yaml", "500240-测试。yml"])
def test_a_file_that_is_not_read_because_of_its_name_is_told(folder: Path, name: str) -> None:
    put(folder, GOOD).rename(folder / name)

    assert printed(folder, "en")[0] == f"partners/{name}: warning: this file is not read: its name must end with .yaml"
    assert checked(folder).files == ()


def test_backups_and_other_files_of_the_folder_are_no_partner_files(folder: Path) -> None:
    put(folder, GOOD)
    for name in ("500240-测试.yaml~", ".500240-测试.yaml.swp", "500240-测试.yaml.bak", "_items.md", "说明.txt", "4913"):
        (folder / name).write_text("x", encoding="utf-8")

    assert printed(folder) == []


def test_lists_are_bounded(folder: Path) -> None:
    many = ", ".join(["422802"] * 501)
    put(folder, GOOD.replace("our_scope: [422802]", f"our_scope: [{many}]"))

    assert printed(folder, "en") == [
        "partners/500240-测试.yaml:30: agreements[0].our_scope: the list is too long",
        "    fix: most entries: 500",
    ]
