"""What in a partner file has ended or soon will.

Warnings only: a file must not drop out because a day has come.  An ended agreement stays in force
for its open cases, and an ended key is refused where it is used.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from cryptography import x509

from gateway.case.texts import Text
from gateway.files.findings import Finding, KeyPath
from gateway.files.misfits import shown
from gateway.files.quantities import CHINA
from gateway.files.tree import Tree
from gateway.partners.schema import PartnerFile, Use

SOON = timedelta(days=60)
URGENCY = (
    (1, Text("马上到期", "about to end")),
    (7, Text("非常紧急", "very urgent")),
    (14, Text("紧急", "urgent")),
)
"""Days left, and how pressing a warning then is."""


def findings(shape: PartnerFile, tree: Tree, roots: tuple[x509.Certificate, ...], today: date) -> Iterator[Finding]:
    """Yield a warning for each agreement, key and root certificate that has ended or ends within 60 days, graded."""
    for position, agreement in enumerate(shape.agreements):
        yield from _ending(
            tree,
            ("agreements", position, "valid_to"),
            agreement.valid_to,
            today,
            Text("协议", "the agreement"),
            Text("续签后改写日期; 已办理的办件不受影响", "renew it and change the date; open cases go on"),
        )
    for position, entry in enumerate(shape.keys):
        newer = any(other.use is entry.use and other.seal_until > entry.seal_until for other in shape.keys)
        if not newer:
            yield from _ending(
                tree,
                ("keys", position, "seal_until"),
                entry.seal_until.astimezone(CHINA).date(),
                today,
                Text("密钥", "the key"),
                Text("向对方索取新公钥, 与旧的并存一段时间", "obtain the new public key and keep both for a while"),
            )
    yield from _not_yet(shape, tree, today)
    for root in roots:
        if not _may_sign(root):
            yield tree.warning(
                ("tls", "roots"),
                Text(
                    f"证书 {_subject(root)} 不是证书机构, 由它签发的证书不会被接受",
                    f"certificate {_subject(root)} is no authority: nothing it issued is believed",
                ),
                Text(
                    "roots 写签发对方证书的机构的根证书; 只认某一张证书时写 pinned",
                    "roots takes the root that issued the partner's certificate; to believe one certificate only, use pinned",
                ),
            )
        begins = root.not_valid_before_utc.astimezone(CHINA).date()
        if begins > today:
            yield tree.warning(
                ("tls", "roots"),
                Text(f"根证书 {begins} 才生效", f"the root certificate begins on {begins}"),
                Text("此前用它连不上; 与现用的并存", "until then it proves nothing: keep the present one beside it"),
            )
        yield from _ending(
            tree,
            ("tls", "roots"),
            root.not_valid_after_utc.astimezone(CHINA).date(),
            today,
            Text("根证书", "the root certificate"),
            Text("向对方索取新的根证书, 电话核对指纹", "obtain the new root and compare its fingerprint by telephone"),
        )


def _not_yet(shape: PartnerFile, tree: Tree, today: date) -> Iterator[Finding]:
    """Yield a warning where no key of one use is in force yet."""
    for use in Use:
        keys = [
            (entry.valid_from.astimezone(CHINA).date(), n) for n, entry in enumerate(shape.keys) if entry.use is use
        ]
        if keys and min(keys)[0] > today:
            first, position = min(keys)
            yield tree.warning(
                ("keys", position, "valid_from"),
                Text(
                    f"{first} 前没有可用的 use: {use.value} 密钥, 对方的来件会被拒",
                    f"before {first} there is no usable key with use: {use.value}; what the partner sends is refused",
                ),
                Text("补上现用的公钥, 或核对 valid_from", "add the key in use now, or check valid_from"),
            )


def _may_sign(certificate: x509.Certificate) -> bool:
    """Whether a certificate may issue others; one without the extension may if it issued itself (RFC 5280 §4.2.1.9)."""
    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return certificate.issuer == certificate.subject
    except ValueError:
        return True


def _subject(certificate: x509.Certificate) -> str:
    return shown(certificate.subject.rfc4514_string() or "?")


def _ending(tree: Tree, path: KeyPath, end: date, today: date, what: Text, fix: Text) -> Iterator[Finding]:
    if end < today:
        yield tree.warning(path, Text(f"{what.zh}已于 {end} 到期", f"{what.en} ended on {end}"), fix)
    elif end - today <= SOON:
        left = (end - today).days
        pressing = next((word for days, word in URGENCY if left <= days), None)
        zh, en = (f"{pressing.zh}: ", f"{pressing.en}: ") if pressing else ("", "")
        yield tree.warning(
            path, Text(f"{zh}{what.zh}还有 {left} 天到期 ({end})", f"{en}{what.en} ends in {left} days ({end})"), fix
        )
