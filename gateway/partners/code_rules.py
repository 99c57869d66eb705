"""What an agreement's mapped codes, redirects and limits must be: one code for one, no item both listed and sent away.

Only a national basic code means the same in two provinces; provincial codes need a mapping that is unambiguous both ways
(GB/T 39554.1-2020; domain practice).
"""

from collections.abc import Iterator

from gateway.case.texts import Text
from gateway.files.findings import Finding, KeyPath
from gateway.files.tree import Tree
from gateway.partners.redirects import plain_name
from gateway.partners.schema import PartnerFile
from gateway.partners.terms import AgreedItem, Agreement

_NATIONAL = "00"


def findings(agreement: Agreement, tree: Tree, path: KeyPath, own: str, theirs: str) -> Iterator[Finding]:
    """Yield what is wrong with one agreement.

    Args:
        own, theirs: codes of the two gateways; the first two digits name the province.
    """
    for position, item in enumerate(agreement.items):
        where: KeyPath = (*path, "items", position)
        yield from _sides(item, tree, where, own, theirs)
        if item.limits.recheck_workdays > item.limits.accept_workdays:
            yield tree.finding(
                (*where, "limits", "recheck_workdays"),
                Text(
                    f"复核 {item.limits.recheck_workdays} 天比受理 {item.limits.accept_workdays} 天还长, 受理前来不及复核",
                    f"checking again ({item.limits.recheck_workdays} days) takes longer than accepting "
                    f"({item.limits.accept_workdays} days), which comes after it",
                ),
                Text(
                    "改短 recheck_workdays 或改长 accept_workdays",
                    "shorten recheck_workdays or lengthen accept_workdays",
                ),
            )
    listed = {plain_name(word): n for n, item in enumerate(agreement.items) for word in (*item.codes, item.name)}
    seen: dict[str, int] = {}
    for position, row in enumerate(agreement.redirects):
        key = plain_name(row.item)
        at: KeyPath = (*path, "redirects", position, "item")
        if key in listed:
            yield tree.finding(
                at,
                Text(f"items[{listed[key]}] 已把它列入清单", f"items[{listed[key]}] lists it for exchange"),
                Text("二者只留其一", "keep one of the two"),
            )
        if key in seen:
            yield tree.finding(
                at,
                Text(f"与 redirects[{seen[key]}] 重复", f"repeats redirects[{seen[key]}]"),
                Text("删去一处", "delete one"),
            )
        seen.setdefault(key, position)


def mappings(shape: PartnerFile, tree: Tree) -> Iterator[Finding]:
    """Yield mapped codes that do not lead to one code and back, over all agreements of the file."""
    known: dict[tuple[str, str], tuple[str, str]] = {}
    for n, agreement in enumerate(shape.agreements):
        for position, item in enumerate(agreement.items):
            local = item.local
            if local is None:
                continue
            path: KeyPath = ("agreements", n, "items", position, "local")
            for side, code, other in (("ours", local.ours, local.theirs), ("theirs", local.theirs, local.ours)):
                first, place = known.setdefault((side, code), (other, f"agreements[{n}].items[{position}]"))
                if first != other:
                    yield tree.finding(
                        (*path, side),
                        Text(
                            f"{code} 在 {place} 对应的是 {first}, 这里是 {other}",
                            f"{place} maps {code} to {first}, this to {other}",
                        ),
                        Text("一个编码只能对应对方的一个编码, 反过来也一样", "map one code to one, and back"),
                    )


def _sides(item: AgreedItem, tree: Tree, where: KeyPath, own: str, theirs: str) -> Iterator[Finding]:
    local = item.local
    if local is None:
        return
    if local.ours == local.theirs and local.ours.startswith(_NATIONAL):
        yield tree.finding(
            (*where, "local"),
            Text("两边是同一个国家编码", "both sides have the same national code"),
            Text(f"改写 basic: {local.ours}", f"write basic: {local.ours}"),
        )
        return
    for side, code, region in (("ours", local.ours, own), ("theirs", local.theirs, theirs)):
        if code[:2] not in (_NATIONAL, region[:2]):
            yield tree.finding(
                (*where, "local", side),
                Text(
                    f"{code} 不是 {region[:2]} 开头的本省编码"
                    if side == "ours"
                    else f"{code} 不是 {region[:2]} 开头的对方省编码",
                    f"{code} is no code of province {region[:2]}",
                ),
                Text(
                    "ours 写本省编码, theirs 写对方省编码, 核对是否写反",
                    "ours is our province's code, theirs their province's: look whether they are swapped",
                ),
            )
