"""Partner files for tests: right by default; a test changes one thing."""

import base64
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey, derive_private_key
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from gateway.case.code.divisions import DIVISIONS_FILE, Divisions
from gateway.files.findings import render
from gateway.partners.check import Checked, check_folder
from gateway.partners.keys import thumbprint

OWN = "422800"
TODAY = date(2026, 12, 1)
CARD = "000120011000"
MEDICAL = "000136001000"


@cache
def divisions() -> Divisions:
    return Divisions.parse(files("gateway.case").joinpath(DIVISIONS_FILE).read_text(encoding="utf-8"))


@cache
def public_key(number: int) -> EllipticCurvePublicKey:
    return derive_private_key(number, SECP256R1()).public_key()


def kid(number: int) -> str:
    return thumbprint(public_key(number))


def jwk(number: int) -> str:
    numbers = public_key(number).public_numbers()
    x, y = (base64.urlsafe_b64encode(part.to_bytes(32, "big")).rstrip(b"=").decode() for part in (numbers.x, numbers.y))
    return f"{{kty: EC, crv: P-256, x: {x}, y: {y}}}"


@cache
def root_pem(number: int, until: int = 2050) -> str:
    signer = derive_private_key(number, SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"test root {number}")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(signer.public_key())
        .serial_number(number)
        .not_valid_before(datetime(2025, 1, 1))
        .not_valid_after(datetime(until, 1, 1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode()


def a_key(number: int, use: str = "seal") -> str:
    return f"""\
  - kid: "{kid(number)}"
    use: {use}
    algorithm: ES256
    jwk: {jwk(number)}
    valid_from: 2026-01-01
    seal_until: 2035-12-31
    accept_until: 2036-02-01
"""


def an_agreement(
    theirs: str,
    *,
    ours: str = "422802",
    number: str = "恩通办协〔2026〕1号",
    valid_from: str = "2026-01-01",
    valid_to: str = "2030-12-31",
    item: str = CARD,
    modes: str = "entrusted",
    directions: str = "outward, inward",
) -> str:
    return f"""\
  - number: {number}
    title: 合作协议
    valid_from: {valid_from}
    valid_to: {valid_to}
    our_scope: [{ours}]
    their_scope: [{theirs}]
    items:
      - name: 社会保障卡申领、补领、换领、换发
        basic: "{item}"
        modes: [{modes}]
        directions: [{directions}]
        powers: [verify_originals, deliver_result]
"""


def a_partner(code: str = "500240", *, agreements: str = "", status: str = "active", seed: int | None = None) -> str:
    number = int(code) if seed is None else seed
    return f"""\
code: "{code}"
name: 测试地区{code}
short_name: 测试
status: {status}
endpoints:
  - address: gateway.example.gov.cn:8443
tls:
  roots:
    - {code}-root.pem
keys:
{a_key(number)}{a_key(number + 1, "token")}agreements:
{agreements or an_agreement(code)}contacts:
  - name: 值班
    role: 窗口
    phone: "000-00000000"
"""


def put(folder: Path, text: str, code: str = "500240", name: str = "测试") -> Path:
    """Write a partner file and the root certificate it names."""
    folder.mkdir(exist_ok=True)
    (folder / f"{code}-root.pem").write_text(root_pem(int(code)), encoding="utf-8")
    path = folder / f"{code}-{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def checked(folder: Path, today: date = TODAY) -> Checked:
    return check_folder(folder, divisions(), OWN, today)


def printed(folder: Path, lang: str = "zh", today: date = TODAY) -> list[str]:
    """Return what checking `folder` prints, line by line, the summary left out."""
    return render(checked(folder, today).findings, lang).splitlines()[:-2]
