"""What is wrong with an introduction as this region reads it: for whom, until when, who, and with which keys.

What a partner file is held to anyway (places, agreements, addresses, other files) is asked of the file that would be made
from it, by the one checker there is.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from cryptography import x509

from gateway.case.code.divisions import Divisions
from gateway.case.texts import Text
from gateway.files.findings import Finding
from gateway.files.misfits import shown
from gateway.files.quantities import CHINA
from gateway.files.tree import Tree
from gateway.partners.introduction import FORMAT, Introduction
from gateway.partners.schema import Delivery, Use

CLOCKS_APART = timedelta(minutes=10)
_NEW_FILE = Text(
    "请对方重新运行 tongban partners invite, 再发来新文件",
    "ask them to run tongban partners invite again and send the new file",
)
NEEDED = ("rpc/DescribeGateway", "rpc/DeliverEnvelopes", "rpc/GetReceipts")
"""Without these nothing can be handed over."""


def findings(
    introduction: Introduction,
    tree: Tree,
    roots: Sequence[x509.Certificate],
    *,
    divisions: Divisions,
    own_region: str,
    now: datetime,
    spoken: Sequence[str],
) -> Iterator[Finding]:
    """Yield what keeps us from believing an introduction, and what somebody should look at.

    Args:
        roots: the certificates of `tls.roots`.
        now: aware UTC.
        spoken: versions of the exchange format this gateway speaks, such as 1.0.
    """
    yield from _format(introduction, tree)
    yield from _for_us(introduction, tree, own_region)
    yield from _time(introduction, tree, now)
    yield from _name(introduction, tree, divisions)
    yield from _keys(introduction, tree, now)
    yield from _authorities(tree, roots, now)
    yield from _speech(introduction, tree, spoken)


def _format(introduction: Introduction, tree: Tree) -> Iterator[Finding]:
    if introduction.introduction != FORMAT:
        yield tree.finding(
            ("introduction",),
            Text(
                f"介绍文件的格式是 {shown(introduction.introduction)}, 本程序只认 {FORMAT}",
                f"the format of the file is {shown(introduction.introduction)}; this program reads {FORMAT}",
            ),
            Text("两地网关版本不同; 请较旧的一方升级", "the two programs differ in age: upgrade the older one"),
        )


def _for_us(introduction: Introduction, tree: Tree, own_region: str) -> Iterator[Finding]:
    if introduction.to and introduction.to != own_region:
        yield tree.finding(
            ("to",),
            Text(
                f"这份文件是给 {introduction.to} 的, 不是给本地区的",
                f"it was made for {introduction.to}, not for this region",
            ),
            Text(
                f"请对方运行 tongban partners invite --for {own_region}",
                f"ask them to run tongban partners invite --for {own_region}",
            ),
        )


def _time(introduction: Introduction, tree: Tree, now: datetime) -> Iterator[Finding]:
    if introduction.made_at - now > CLOCKS_APART:
        yield tree.finding(
            ("made_at",),
            Text("生成时间还没有到", "it was made at a time that has not come yet"),
            Text("核对两边时钟 (NTP)", "compare both clocks (NTP)"),
        )
    if introduction.valid_until < now:
        day = introduction.valid_until.astimezone(CHINA)
        yield tree.finding(
            ("valid_until",),
            Text(f"文件已于 {day:%Y-%m-%d %H:%M} 过期", f"it ended on {day:%Y-%m-%d %H:%M}"),
            _NEW_FILE,
        )


def _name(introduction: Introduction, tree: Tree, divisions: Divisions) -> Iterator[Finding]:
    division = divisions.get(introduction.code)
    if division is None:
        return
    known, written = _stem(division.name), introduction.name + introduction.short_name
    if known in written:
        return
    meant = next(
        (other for other in divisions if other.code6 != introduction.code and other.name == introduction.name), None
    )
    if meant:
        yield tree.finding(
            ("name",),
            Text(
                f"代码 {introduction.code} 是{division.name}, 名称写的却是{meant.name} ({meant.code6})",
                f"code {introduction.code} is {division.name}, but the name is that of {meant.code6}",
            ),
            Text(
                "代码和名称有一个写错了, 请对方改正 gateway.yaml",
                "one of the two is wrong: have them mend their gateway.yaml",
            ),
        )
    else:
        yield tree.warning(
            ("name",),
            Text(
                f"区划表里 {introduction.code} 叫{division.name}, 文件写的是{shown(introduction.name)}",
                f"the division table calls {introduction.code} {division.name}, the file {shown(introduction.name)}",
            ),
            Text("电话里问清是哪个地区", "ask by telephone which region it is"),
        )


def _stem(name: str) -> str:
    """Return a place's name without what kind of place it is: 恩施 of 恩施土家族苗族自治州."""
    found = re.match(r"(.{2,}?)(?:(?:\w{1,3}族)+自治[州县]|自治[州县区旗])$", name)
    return found[1] if found else re.sub(r"(?<=..)(?:省|市|州|县|区|盟|旗|地区)$", "", name)


def _keys(introduction: Introduction, tree: Tree, now: datetime) -> Iterator[Finding]:
    for use in Use:
        of_use = [(at, key) for at, key in enumerate(introduction.keys) if key.use is use]
        if of_use and all(key.seal_until < now for _, key in of_use):
            yield tree.finding(
                ("keys", of_use[-1][0], "seal_until"),
                Text(f"用途 {use.value} 的密钥都已过期", f"every key for {use.value} has ended"),
                Text(
                    f"请对方运行 tongban keys new --use {use.value}, 再重新介绍",
                    f"have them run tongban keys new --use {use.value} and introduce themselves again",
                ),
            )


def _authorities(tree: Tree, roots: Sequence[x509.Certificate], now: datetime) -> Iterator[Finding]:
    for position, root in enumerate(roots):
        if not _is_authority(root):
            yield tree.finding(
                ("tls", "roots", position),
                Text("这张证书不是证书机构的", "this certificate is not that of an authority"),
                Text(
                    "要签发机构的证书 (CA: TRUE), 不是网关自己的; 请对方改正 tls.authority",
                    "the issuer's certificate is wanted (CA: TRUE), not the gateway's own: have them mend tls.authority",
                ),
            )
        elif not root.not_valid_before_utc - CLOCKS_APART <= now <= root.not_valid_after_utc:
            yield tree.finding(
                ("tls", "roots", position),
                Text("证书机构不在有效期内", "the authority is outside its dates"),
                Text("请对方换用有效的证书机构", "have them use an authority that is valid"),
            )


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        # RFC 5280 §4.2.1.9
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False


def _speech(introduction: Introduction, tree: Tree, spoken: Sequence[str]) -> Iterator[Finding]:
    versions = introduction.exchange.versions
    if not set(versions) & set(spoken):
        yield tree.finding(
            ("exchange", "versions"),
            Text(
                f"对方的交换版本是 {', '.join(versions)}, 本方是 {', '.join(spoken)}, 没有共同的",
                f"they speak {', '.join(versions)}, we speak {', '.join(spoken)}: none in common",
            ),
            Text("较旧的一方升级后再介绍", "the older side upgrades first"),
        )
    if introduction.delivery is Delivery.COLLECT:
        return
    missing = [name for name in NEEDED if name not in introduction.exchange.features]
    if missing:
        yield tree.finding(
            ("exchange", "features"),
            Text(f"对方没有提供 {', '.join(missing)}", f"they do not serve {', '.join(missing)}"),
            Text("没有这些无法转办; 请对方升级网关", "nothing can be exchanged without: have them upgrade"),
        )
