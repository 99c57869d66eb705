"""Public keys and certificates as partner files give them: read, named, checked to be what they claim.

Only public halves come here; a private key in a partner file is refused and never repeated.
Verifying signatures is left to `gateway.trust`.
"""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from gateway.case.texts import Text
from gateway.files.misfits import Misfit, shown
from gateway.partners.beside import Beside, FolderFiles
from gateway.partners.schema import Algorithm, Jwk, KeyEntry, Use

PublicKey = Ed25519PublicKey | EllipticCurvePublicKey

MAX_PEM_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class PartnerKey:
    """A public key of a partner and what it is good for."""

    kid: str
    use: Use
    algorithm: Algorithm
    public: PublicKey
    valid_from: datetime
    seal_until: datetime
    accept_until: datetime

    def may_seal(self, at: datetime) -> bool:
        """Whether the partner may have signed with it at `at`."""
        return self.valid_from <= at <= self.seal_until

    def is_accepted(self, at: datetime) -> bool:
        """Whether something signed with it may still be taken in at `at`."""
        return self.valid_from <= at <= self.accept_until


def load_key(entry: KeyEntry, beside: Path | Beside) -> PartnerKey:
    """Return the key of `entry`; a file it names is looked for beside the partner file, in its folder.

    Raises:
        Misfit: no key or two, unreadable, of another kind than `algorithm`, or with another thumbprint than `kid`.
    """
    if (entry.jwk is None) == (entry.pem is None):
        raise Misfit(
            Text("公钥要写一次: jwk 或 pem", "give the public key once: jwk or pem"),
            Text("jwk 和 pem 只留一个", "keep one of jwk and pem"),
        )
    public = _from_jwk(entry.jwk) if entry.jwk else _from_pem(pem_text(entry.pem or "", beside))
    found = Algorithm.EDDSA if isinstance(public, Ed25519PublicKey) else Algorithm.ES256
    if found is not entry.algorithm:
        raise Misfit(
            Text(
                f"algorithm 写的是 {entry.algorithm.value}, 公钥却是 {found.value}",
                f"algorithm says {entry.algorithm.value} but the key is for {found.value}",
            ),
            Text(
                f"向对方核实; 公钥无误时写 {found.value}", f"ask the partner; if the key is right write {found.value}"
            ),
            "algorithm",
        )
    computed = thumbprint(public)
    if computed != entry.kid:
        raise Misfit(
            Text(
                f"kid 与公钥不符, 公钥的指纹是 {computed}", f"kid does not fit the key, whose thumbprint is {computed}"
            ),
            Text("电话与对方核对指纹后改正", "compare the thumbprint by telephone, then correct it"),
            "kid",
        )
    return PartnerKey(
        entry.kid, entry.use, entry.algorithm, public, entry.valid_from, entry.seal_until, entry.accept_until
    )


def public_jwk(public: PublicKey) -> dict[str, str]:
    """Return the required members of a key's JWK in their order for thumbprints.  RFC 7638 §3.2, RFC 8037 §2."""
    if isinstance(public, Ed25519PublicKey):
        return {"crv": "Ed25519", "kty": "OKP", "x": _b64(public.public_bytes(Encoding.Raw, PublicFormat.Raw))}
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {"crv": "P-256", "kty": "EC", "x": _b64(point[1:33]), "y": _b64(point[33:])}


def thumbprint(public: PublicKey) -> str:
    """Return the key's RFC 7638 thumbprint: SHA-256, base64url without padding, 43 characters."""
    return _b64(hashlib.sha256(json.dumps(public_jwk(public), separators=(",", ":")).encode()).digest())


def load_roots(pem: str, beside: Path | Beside) -> tuple[x509.Certificate, ...]:
    """Return the certificates in `pem`: PEM text, or the path of a file beside the partner file.

    Raises:
        Misfit: unreadable, or no certificate in it.
    """
    text = pem_text(pem, beside)
    try:
        return tuple(x509.load_pem_x509_certificates(text.encode()))
    except (ValueError, UnsupportedAlgorithm):
        raise Misfit(
            Text("里面没有可用的 PEM 证书", "it holds no usable PEM certificate"),
            Text(
                "要 -----BEGIN CERTIFICATE----- 开头的文本; DER 文件先转换",
                "give text that begins with -----BEGIN CERTIFICATE-----; convert DER files first",
            ),
        ) from None


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate's DER form in lower-case hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def pem_text(pem: str, beside: Path | Beside) -> str:
    """Return `pem` itself if it is PEM text, else the content of the file it names.

    Raises:
        Misfit: no such file, too large, not text, or with a private key in it.
    """
    text = pem
    if "-----BEGIN" not in pem:
        try:
            files = FolderFiles(beside) if isinstance(beside, Path) else beside
            text = files.read(pem, MAX_PEM_BYTES).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Misfit(
                Text(f"文件 {shown(pem)} 不是 PEM 文本", f"file {shown(pem)} is no PEM text"),
                Text(
                    f"二进制 (DER) 证书先转换: openssl x509 -inform der -in {shown(pem)} -out 新文件.pem",
                    f"convert a binary (DER) certificate: openssl x509 -inform der -in {shown(pem)} -out NEW.pem",
                ),
            ) from None
        except FileNotFoundError:
            raise Misfit(
                Text(f"文件 {shown(pem)} 不存在", f"file {shown(pem)} does not exist"),
                Text(
                    "路径从本文件所在目录算起; 核对文件名, 或直接写 PEM 文本",
                    "the path starts at this file's folder; check the name, or write the PEM text itself",
                ),
            ) from None
        except (OSError, ValueError) as error:
            detail = (error.strerror if isinstance(error, OSError) else "") or type(error).__name__
            raise Misfit(
                Text(f"文件 {shown(pem)} 读不出来: {detail}", f"file {shown(pem)} cannot be read: {detail}"),
                Text("检查是不是文件, 以及读取权限", "check that it is a file and may be read"),
            ) from None
    if len(text) > MAX_PEM_BYTES:
        raise Misfit(
            Text(f"文件 {shown(pem)} 太大", f"file {shown(pem)} is too large"),
            Text("只放证书或公钥, 不超过 100 KB", "keep certificates or a public key only, at most 100 KB"),
        )
    if "PRIVATE KEY-----" in text:
        raise Misfit(
            Text("这里放了私钥", "a private key stands here"),
            Text(
                "立即删除并通知对方作废这把密钥; 这里只放公钥",
                "delete it at once and have its owner revoke it; only public keys belong here",
            ),
        )
    return text


def _from_pem(text: str) -> PublicKey:
    if "-----BEGIN CERTIFICATE-----" in text:
        raise Misfit(
            Text("这里是证书, 不是公钥", "this is a certificate and no public key"),
            Text(
                "请对方给出签名公钥; 证书写在 tls.roots 或 tls.pinned",
                "ask the partner for its signing key; certificates belong to tls.roots or tls.pinned",
            ),
        )
    try:
        public = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise _unusable() from None
    if isinstance(public, Ed25519PublicKey):
        return public
    if isinstance(public, EllipticCurvePublicKey) and isinstance(public.curve, SECP256R1):
        return public
    raise _unusable()


def _from_jwk(jwk: Jwk) -> PublicKey:
    try:
        # RFC 8037 §2, RFC 7518 §6.2
        if (jwk.kty, jwk.crv) == ("OKP", "Ed25519") and jwk.y is None:
            return Ed25519PublicKey.from_public_bytes(_unb64(jwk.x))
        if (jwk.kty, jwk.crv) == ("EC", "P-256") and jwk.y is not None:
            x, y = _unb64(jwk.x), _unb64(jwk.y)
            if len(x) == len(y) == 32:
                return EllipticCurvePublicNumbers(
                    int.from_bytes(x, "big"), int.from_bytes(y, "big"), SECP256R1()
                ).public_key()
    except ValueError:
        pass
    raise _unusable()


def _unusable() -> Misfit:
    return Misfit(
        Text("公钥无法使用", "the public key cannot be used"),
        Text(
            "只接受 Ed25519 或 P-256 公钥; 请对方重新导出",
            "only Ed25519 and P-256 keys are taken; have it exported again",
        ),
    )


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
