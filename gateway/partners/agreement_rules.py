"""What the agreements of one partner file must be, beyond their shape: whose places, which items, said once."""

from collections.abc import Iterator

from gateway.case.code.divisions import Divisions
from gateway.case.texts import Text
from gateway.files.findings import Finding, KeyPath
from gateway.files.tree import Tree
from gateway.partners import code_rules
from gateway.partners.redirects import Redirects
from gateway.partners.rules import place_findings
from gateway.partners.schema import PartnerFile
from gateway.partners.terms import AgreedItem, Agreement


def findings(
    shape: PartnerFile, tree: Tree, divisions: Divisions, own_region: str, redirects: Redirects
) -> Iterator[Finding]:
    """Yield what is wrong with the agreements of the file, dates and other files left out."""
    numbers: dict[str, int] = {}
    for position, agreement in enumerate(shape.agreements):
        path: KeyPath = ("agreements", position)
        if agreement.number in numbers:
            yield tree.finding(
                (*path, "number"),
                Text(
                    f"文号与 agreements[{numbers[agreement.number]}] 相同",
                    f"the number equals that of agreements[{numbers[agreement.number]}]",
                ),
                Text("合并成一份协议, 或改正文号", "make it one agreement, or correct the number"),
            )
        numbers.setdefault(agreement.number, position)
        if agreement.valid_from > agreement.valid_to:
            yield tree.finding(
                (*path, "valid_to"),
                Text("结束日期早于开始日期", "it ends before it begins"),
                Text("改正 valid_from 或 valid_to", "correct valid_from or valid_to"),
            )
        yield from _scopes(agreement, tree, path, shape, divisions, own_region)
        yield from _items(agreement, tree, path, redirects)
        yield from code_rules.findings(agreement, tree, path, own_region, shape.code)
    yield from code_rules.mappings(shape, tree)


def _scopes(
    agreement: Agreement, tree: Tree, path: KeyPath, shape: PartnerFile, divisions: Divisions, own_region: str
) -> Iterator[Finding]:
    sides = (
        ("our_scope", agreement.our_scope, own_region, Text("不在本地区", "is not in this region")),
        ("their_scope", agreement.their_scope, shape.code, Text("不在对方地区", "is not in the partner's region")),
    )
    for key, scope, region, outside in sides:
        for position, code in enumerate(scope):
            where = (*path, key, position)
            wrong = list(place_findings(tree, where, code, divisions, region))
            yield from wrong
            wrong = [finding for finding in wrong if finding.is_error]
            if not wrong and divisions.get(region) and not divisions.belongs_to(code, region):
                name = divisions.named(code)
                yield tree.finding(
                    where,
                    Text(f"{code} {name}{outside.zh}", f"{code} {name} {outside.en}"),
                    Text(f"只能写 {region} 及其下属区划", f"write {region} or divisions within it"),
                )


def _items(agreement: Agreement, tree: Tree, path: KeyPath, redirects: Redirects) -> Iterator[Finding]:
    taken: dict[tuple[str, object, object], int] = {}
    for position, item in enumerate(agreement.items):
        where: KeyPath = (*path, "items", position)
        code = item.codes[0] if item.codes else ""
        redirect = redirects.of(code, item.name)
        if redirect:
            yield tree.warning(
                (*where, "basic" if redirects.of(code) else "name"),
                Text(
                    f"“{item.name}”由{redirect.system.zh}全国统一办理, 不会经本网关转办",
                    f"'{item.name}' is handled nationwide by {redirect.system.en} and will not be routed",
                ),
                Text("从清单中删去", "take it off the list"),
            )
        if (item.basic is None) == (item.local is None):
            yield tree.finding(
                (*where, "basic"),
                Text("事项编码要写一次: basic 或 local", "give the item's code once: basic or local"),
                Text("有国家基本编码写 basic, 没有才写 local", "write basic if there is a national code, else local"),
            )
            continue
        clash = _clash(item, taken)
        if clash is not None:
            yield tree.finding(
                where,
                Text(
                    f"与 items[{clash}] 重复: 事项、方式、方向都相同",
                    f"repeats items[{clash}]: same item, mode and direction",
                ),
                Text(
                    "合并成一项, 或各写不同的方式、方向",
                    "make it one entry, or give them different modes or directions",
                ),
            )
        for key in _keys(item):
            taken.setdefault(key, position)


def _keys(item: AgreedItem) -> Iterator[tuple[str, object, object]]:
    for code in item.codes:
        for mode in item.modes:
            for direction in item.directions:
                yield code, mode, direction


def _clash(item: AgreedItem, taken: dict[tuple[str, object, object], int]) -> int | None:
    return next((taken[key] for key in _keys(item) if key in taken), None)
