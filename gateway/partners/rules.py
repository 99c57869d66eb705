"""What one partner file must be by itself, beyond its shape: names, places, connection, keys, patience."""

from collections.abc import Iterator
from datetime import timedelta

from gateway.case.code.divisions import Divisions, DivisionStatus
from gateway.case.texts import Text
from gateway.files.findings import Finding, KeyPath
from gateway.files.quantities import duration_text
from gateway.files.tree import Tree
from gateway.partners.near_divisions import meant, other_place
from gateway.partners.schema import Delivery, PartnerFile, Status, Use

RESERVED = ".invalid"
"""Hosts that never exist (RFC 6761 §6.4); the only ones a sample may name."""


def findings(
    shape: PartnerFile, tree: Tree, file_name: str, divisions: Divisions, own_region: str
) -> Iterator[Finding]:
    """Yield what is wrong with the file, except its agreements and dates."""
    yield from _names(shape, tree, file_name, divisions, own_region)
    yield from _connection(shape, tree)
    yield from _keys(shape, tree)
    yield from _patience(shape, tree)


def place_findings(tree: Tree, path: KeyPath, code: str, divisions: Divisions, within: str) -> Iterator[Finding]:
    """Yield why `code` at `path` cannot be a party: unknown, a statistical code, or abolished (successors named).

    An unknown one is likely to be one of the region `within`.

    One that was abolished and has one successor goes on as that, and is only told: the agreement outlives the code.
    With several somebody has to choose.
    """
    if divisions.is_pseudo(code):
        yield tree.finding(
            path,
            Text(f"{code} 只用于统计, 不是行政区划", f"{code} is for statistics only and no division"),
            Text("改用实际的县级或市级代码", "use the code of the county or prefecture"),
        )
        return
    division = divisions.get(code)
    if division is None:
        yield tree.finding(
            path,
            Text(f"区划代码 {code} 不存在", f"division code {code} does not exist"),
            meant(code, within, divisions) or Text("按 GB/T 2260 核对代码", "check it against GB/T 2260"),
        )
    elif division.status is DivisionStatus.ABOLISHED:
        successors = divisions.successors(code)
        after = ", ".join(f"{successor.code6} {successor.name}" for successor in successors)
        abolished = Text(f"{code} {division.name}已撤销", f"{code} {division.name} was abolished")
        if len(successors) == 1:
            yield tree.warning(
                path,
                Text(f"{abolished.zh}, 现按 {after} 继续执行", f"{abolished.en} and goes on as {after}"),
                Text(
                    f"与对方确认后改写为 {successors[0].code6}", f"write {successors[0].code6} once the partner agrees"
                ),
            )
        else:
            yield tree.finding(
                path,
                abolished,
                Text(
                    f"现为 {after}; 与对方确认后选定并改写",
                    f"now {after}; agree with the partner which, and write that",
                ),
            )


def _names(shape: PartnerFile, tree: Tree, file_name: str, divisions: Divisions, own_region: str) -> Iterator[Finding]:
    if not file_name.startswith(f"{shape.code}-"):
        yield tree.finding(
            ("code",),
            Text(f"文件名没有以 {shape.code}- 开头", f"the file name does not begin with {shape.code}-"),
            Text(
                f"把文件改名为 {shape.code}-{shape.short_name}.yaml, 或改正 code",
                f"rename it to {shape.code}-{shape.short_name}.yaml, or correct code",
            ),
        )
    yield from place_findings(tree, ("code",), shape.code, divisions, shape.code)
    named = other_place(shape.code, shape.name, divisions)
    if named and divisions.get(shape.code):
        yield tree.finding(
            ("name",),
            Text(
                f"“{shape.name}”的代码是 {named}, code 却是 {shape.code} {divisions.named(shape.code)}",
                f"'{shape.name}' has the code {named}, but code is {shape.code} {divisions.named(shape.code)}",
            ),
            Text("改正 name 或 code, 两项要是同一个地区", "correct name or code: both must be of one region"),
        )
    if shape.code == own_region or divisions.is_within(shape.code, own_region):
        yield tree.finding(
            ("code",),
            Text(f"{shape.code} 属于本地区", f"{shape.code} belongs to this region"),
            Text("本地区不是伙伴; 删去这个文件", "this region is no partner of its own; remove the file"),
        )
    if shape.code in shape.history:
        yield tree.finding(
            ("history", shape.history.index(shape.code)),
            Text("曾用代码与现用代码相同", "a former code equals the present one"),
            Text("只写已经停用的代码", "list only codes no longer in use"),
        )


def _connection(shape: PartnerFile, tree: Tree) -> Iterator[Finding]:
    for position, endpoint in enumerate(shape.endpoints):
        reserved = endpoint.host.endswith(RESERVED)
        if reserved != (shape.status is Status.SAMPLE):
            yield tree.finding(
                ("endpoints", position, "address"),
                Text("示例伙伴只能用 .invalid 地址", "a sample may only name .invalid hosts")
                if not reserved
                else Text(".invalid 地址不能真正使用", "a .invalid host can never be reached"),
                Text("改写地址; 或核对 status", "change the address, or check status"),
            )
    if shape.status is Status.SAMPLE:
        return
    if shape.delivery is Delivery.PUSH and not shape.endpoints:
        yield tree.finding(
            ("endpoints",),
            Text("没有对方地址, 无法推送", "there is no address to push to"),
            Text(
                "写 endpoints; 对方只能外拨时写 delivery: collect",
                "write endpoints; or delivery: collect if it can only dial out",
            ),
        )
    if not shape.tls.roots:
        yield tree.finding(
            ("tls", "roots"),
            Text("没有信任的证书机构, 无法核实对方身份", "no certificate authority is trusted for this partner"),
            Text(
                "放入对方的根证书, 电话核对指纹",
                "add the partner's root certificate; compare its fingerprint by telephone",
            ),
        )
    if not shape.contacts:
        yield tree.warning(
            ("contacts",),
            Text("没有联系人, 出问题时不知道找谁", "no contact: nobody to call when something fails"),
            Text("写上对方值班人员的姓名和电话", "write name and telephone of whoever is on duty there"),
        )


def _keys(shape: PartnerFile, tree: Tree) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for position, entry in enumerate(shape.keys):
        path: KeyPath = ("keys", position)
        if entry.kid in first:
            yield tree.finding(
                (*path, "kid"),
                Text(
                    f"这把密钥在 keys[{first[entry.kid]}] 已经登记",
                    f"this key is registered in keys[{first[entry.kid]}] already",
                ),
                Text("一把密钥只能有一个用途, 删去一处", "a key has one use only; delete one entry"),
            )
        first.setdefault(entry.kid, position)
        if not entry.valid_from < entry.seal_until <= entry.accept_until:
            yield tree.finding(
                (*path, "seal_until"),
                Text("日期先后不对", "the dates are out of order"),
                Text(
                    "valid_from 早于 seal_until, accept_until 不早于 seal_until",
                    "valid_from < seal_until <= accept_until",
                ),
            )
        elif entry.use is Use.SEAL and entry.accept_until - entry.seal_until < shape.retry.give_up_after:
            life = duration_text(shape.retry.give_up_after)
            yield tree.finding(
                (*path, "accept_until"),
                Text(
                    f"accept_until 要比 seal_until 至少晚 {life}, 路上的信封才不会失效",
                    f"accept_until must be at least {life} after seal_until, or envelopes on their way become void",
                ),
                Text("推后 accept_until", "move accept_until later"),
            )
    if shape.status is Status.SAMPLE:
        return
    for use in Use:
        if not any(entry.use is use for entry in shape.keys):
            yield tree.finding(
                ("keys",),
                Text(f"没有 use: {use.value} 的密钥", f"there is no key with use: {use.value}"),
                Text("向对方索取公钥, 电话核对指纹", "obtain the public key and compare its thumbprint by telephone"),
            )


def _patience(shape: PartnerFile, tree: Tree) -> Iterator[Finding]:
    limits = shape.limits
    if ("limits", "largest_batch") in tree.lines and limits.largest_batch > limits.envelopes_per_minute:
        yield tree.warning(
            ("limits", "largest_batch"),
            Text(
                f"一批最多 {limits.largest_batch} 个, 一分钟却只收 {limits.envelopes_per_minute} 个, 多出的每次都要等",
                f"a batch may hold {limits.largest_batch}, but only {limits.envelopes_per_minute} are taken a minute: "
                "the rest waits each time",
            ),
            Text("largest_batch 不要超过 envelopes_per_minute", "largest_batch should not exceed envelopes_per_minute"),
        )
    retry = shape.retry
    for smaller, larger in (("first_wait", "longest_wait"), ("longest_wait", "give_up_after")):
        low: timedelta = getattr(retry, smaller)
        high: timedelta = getattr(retry, larger)
        if low > high:
            yield tree.finding(
                ("retry", smaller if ("retry", smaller) in tree.lines else larger),
                Text(
                    f"{smaller} ({duration_text(low)}) 比 {larger} ({duration_text(high)}) 还长",
                    f"{smaller} ({duration_text(low)}) is longer than {larger} ({duration_text(high)})",
                ),
                Text("改短前者或改长后者", "shorten the former or lengthen the latter"),
            )
