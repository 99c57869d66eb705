"""What in a partner file has ended or soon will.

Warnings only: a file must not drop out because a day has come.  An ended agreement stays in force
for its open cases, and an ended key is refused where it is used.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from cryptography import x509

from gateway.case.texts import Text
from gateway.files.findings import Finding, KeyPath
from gateway.files.quantities import CHINA
from gateway.files.tree import Tree
from gateway.partners.schema import PartnerFile

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
    for root in roots:
        yield from _ending(
            tree,
            ("tls", "roots"),
            root.not_valid_after_utc.astimezone(CHINA).date(),
            today,
            Text("根证书", "the root certificate"),
            Text("向对方索取新的根证书, 电话核对指纹", "obtain the new root and compare its fingerprint by telephone"),
        )


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
