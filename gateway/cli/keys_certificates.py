"""`tongban keys request`, `install-certificate` and `certificate`: our TLS certificate, from our own authority or the bureau's.

A running gateway takes a new certificate within two seconds; nothing has to be restarted.
"""

from datetime import UTC, datetime
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.cli.homes import certify
from gateway.cli.options import home_option, json_option, lang_option, settings_of, speaking
from gateway.cli.speech import Speaker, shown_path
from gateway.files.quantities import CHINA
from gateway.flows.partner_files.put_back import put_back
from gateway.settings import Settings
from gateway.trust.certificate_requests import misfits, new_request
from gateway.trust.secret_files import read_secret, write_secret
from gateway.trust.tls import load_certified, save_certified

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command("request")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="写入这个文件 / write it here.")
@home_option
@json_option
@lang_option
@speaking
def request(speaker: Speaker, output: Path | None, home: Path) -> None:
    """写一份证书申请 (CSR), 交市州证书机构签发 / write a request for the bureau's authority.

    同时生成一把新私钥, 存放在 tls.private_key 旁边, 装上证书时才启用. 再次运行则换新的申请.
    """
    settings = settings_of(home, speaker)
    pem, private = new_request(settings.region, hosts_of(settings))
    pending = pending_key(settings)
    write_secret(pending, private)
    file = output or settings.tls.certificate.with_suffix(".csr")
    file.write_bytes(pem)
    if speaker.as_json:
        speaker.document({"ok": True, "file": str(file), "private_key": str(pending)})
        return
    speaker.say(_REQUESTED.format(file=shown_path(file), key=shown_path(pending)))


@click.command("install-certificate")
@click.argument("file", type=_FILE)
@click.option("--authority", type=_FILE, help="签发机构的证书 (PEM, 根和中间) / certificates of the issuer.")
@home_option
@json_option
@lang_option
@speaking
def install(speaker: Speaker, file: Path, authority: Path | None, home: Path) -> None:
    """检查并装上机构签发的证书 / check a certificate an authority issued, and put it in place.

    检查: 与私钥相配、本地区、主机名、用途、有效期、签发机构. 有问题的一项也不改动, 退出码 1.
    """
    settings = settings_of(home, speaker)
    certificate, chain = _certificates(file)
    roots_pem = authority.read_bytes() if authority else settings.tls.authority.read_bytes()
    roots = [*_read(roots_pem, authority or settings.tls.authority), *chain]
    private, found = _key_of(certificate, settings)
    wrong = [*found, *misfits(certificate, roots, settings.region, hosts_of(settings), datetime.now(UTC))]
    if wrong:
        raise GatewayError(Reason.CERTIFICATE_NOT_FIT, findings=wrong, count=len(wrong), file=file)
    other = authority is not None and roots_pem != settings.tls.authority.read_bytes()
    if other or chain:
        # What partners need to believe us has to be whole before the certificate that rests on it.
        whole = roots_pem.rstrip() + b"\n"
        put_back(
            settings.tls.authority,
            whole + b"".join(_pem(one) for one in chain if one not in roots[: -len(chain)]),
            "install",
        )
    write_secret(settings.tls.private_key, private)
    put_back(settings.tls.certificate, _pem(certificate), "install")
    pending_key(settings).unlink(missing_ok=True)
    until, sha256 = certificate.not_valid_after_utc, certificate.fingerprint(hashes.SHA256()).hex()
    if speaker.as_json:
        document = {"ok": True, "valid_until": until.isoformat(), "sha256": sha256, "authority_changed": other}
        speaker.document(document)
        return
    speaker.say(_RENEWED.format(file=shown_path(settings.tls.certificate), day=_day(until), sha256=sha256))
    if other:
        speaker.say(_OTHER_AUTHORITY)


@click.command("certificate")
@home_option
@json_option
@lang_option
@speaking
def certificate(speaker: Speaker, home: Path) -> None:
    """换发本网关的证书 (自建机构) / renew the certificate from this gateway's own authority.

    伙伴只认机构, 不必改动; 只有写了 pinned 的伙伴要换指纹. 运行中的网关随即使用.
    """
    settings = settings_of(home, speaker)
    authority = load_certified(settings.tls.authority, settings.tls.authority.with_suffix(".key"))
    renewed = certify(authority, settings.region, hosts_of(settings), datetime.now(UTC))
    save_certified(settings.tls.certificate, settings.tls.private_key, renewed)
    until, sha256 = renewed.certificate.not_valid_after_utc, renewed.certificate.fingerprint(hashes.SHA256()).hex()
    if speaker.as_json:
        speaker.document({"ok": True, "valid_until": until.isoformat(), "sha256": sha256})
        return
    speaker.say(_RENEWED.format(file=shown_path(settings.tls.certificate), day=_day(until), sha256=sha256))


def hosts_of(settings: Settings) -> tuple[str, ...]:
    """Return every host partners may use for this gateway."""
    endpoints = settings.peering.endpoints
    hosts = (settings.peering.listen, *(endpoint.address for endpoint in endpoints))
    return tuple(
        dict.fromkeys(
            (
                *(address.host for address in hosts if not address.is_wildcard),
                *(endpoint.expected_name for endpoint in endpoints),
            )
        )
    )


def pending_key(settings: Settings) -> Path:
    """Return where the private key of a request waits for its certificate."""
    return settings.tls.private_key.with_name(f"{settings.tls.private_key.name}.requested")


def _key_of(certificate: x509.Certificate, settings: Settings) -> tuple[bytes, list[FieldFinding]]:
    """Return the private key the certificate belongs to, that of the request or the one in use."""
    for file in (pending_key(settings), settings.tls.private_key):
        if not file.exists():
            continue
        pem = read_secret(file, "tongban keys request")
        private = serialization.load_pem_private_key(pem, password=None)
        if private.public_key() == certificate.public_key():
            return pem, []
    finding = FieldFinding(
        "subjectPublicKeyInfo",
        Text(
            "与本方私钥不相配: 不是最近一次申请的证书", "it belongs to no private key of ours: not of the last request"
        ),
        Text("运行 tongban keys request, 用新申请签发", "run tongban keys request and have that one issued"),
    )
    return b"", [finding]


def _certificates(file: Path) -> tuple[x509.Certificate, list[x509.Certificate]]:
    """Return the certificate in a file and those of authorities that came along."""
    first, *rest = _read(file.read_bytes(), file)
    return first, rest


def _read(pem: bytes, file: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        finding = FieldFinding(
            str(file),
            Text("里面没有可用的 PEM 证书", "it holds no usable PEM certificate"),
            Text("要 -----BEGIN CERTIFICATE----- 开头的文本", "give text that begins with -----BEGIN CERTIFICATE-----"),
        )
        raise GatewayError(Reason.CERTIFICATE_NOT_FIT, findings=[finding], count=1, file=file) from None


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _day(moment: datetime) -> str:
    return moment.astimezone(CHINA).date().isoformat()


_REQUESTED = Text(
    "申请已写入 {file}, 新私钥在 {key} (勿外传)。下一步:\n"
    "  把申请交给证书机构; 收到证书后运行 tongban keys install-certificate 文件 [--authority 机构证书]",
    "the request is in {file}, its new private key in {key} (never give it away). next:\n"
    "  hand the request to the authority; then run tongban keys install-certificate FILE [--authority FILE]",
)
_RENEWED = Text(
    "已换上 {file}, 有效到 {day}\nSHA-256: {sha256}\n运行中的网关两秒内使用, 不必重启",
    "{file} is in place, valid until {day}\nSHA-256: {sha256}\na running gateway uses it within two seconds",
)
_OTHER_AUTHORITY = Text(
    "签发机构变了: 请每个伙伴把新机构写入 tls.roots (tongban partners entry 输出), 否则连不上",
    "another authority issued it: every partner has to add it to tls.roots (tongban partners entry), or cannot connect",
)
