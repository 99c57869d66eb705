"""What several partner files must be together: one file a region, one owner a key, one way for a case.

A conflict is a finding in each file that takes part and names the others, so that neither goes
live at the other's cost.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator

from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings, KeyPath, in_order
from gateway.partners.keys import fingerprint
from gateway.partners.load import Loaded
from gateway.partners.schema import Status
from gateway.partners.terms import AgreedItem, Direction

Place = tuple[Loaded, KeyPath]

MOST_NAMED = 5
"""Other files that one finding names; the rest is counted."""


def conflicts(files: Iterable[Loaded]) -> Findings:
    """Return what is wrong between `files`, in file order."""
    loaded = tuple(files)
    return in_order((*_codes(loaded), *_keys(loaded), *_certificates(loaded), *_ties(loaded), *_mappings(loaded)))


def _codes(files: tuple[Loaded, ...]) -> Iterator[Finding]:
    places: dict[Hashable, list[Place]] = defaultdict(list)
    for file in files:
        places[file.partner.code].append((file, ("code",)))
        for position, code in enumerate(file.partner.history):
            places[code].append((file, ("history", position)))
    for region, taken in places.items():
        for file, path, others in _shared(taken):
            yield file.tree.finding(
                path,
                Text(f"地区 {region} 在 {others} 也写了", f"region {region} also stands in {others}"),
                Text("一个地区一个文件; 合并或删去一个", "one file for each region: merge them or delete one"),
            )


def _keys(files: tuple[Loaded, ...]) -> Iterator[Finding]:
    places: dict[Hashable, list[Place]] = defaultdict(list)
    for file in files:
        for position, key in enumerate(file.partner.keys):
            places[key.kid].append((file, ("keys", position, "kid")))
    for taken in places.values():
        for file, path, others in _shared(taken):
            yield file.tree.finding(
                path,
                Text(f"这把密钥在 {others} 也登记了", f"this key is registered in {others} too"),
                Text("一把密钥只属于一个地区; 向两地核实", "a key belongs to one region only; ask both"),
            )


def _certificates(files: tuple[Loaded, ...]) -> Iterator[Finding]:
    pins: dict[Hashable, list[Place]] = defaultdict(list)
    roots: dict[Hashable, list[Place]] = defaultdict(list)
    for file in files:
        for pin in file.partner.pinned:
            pins[pin].append((file, ("tls", "pinned")))
        for root in file.partner.roots:
            roots[fingerprint(root)].append((file, ("tls", "roots")))
    for taken in pins.values():
        for file, path, others in _shared(taken):
            yield file.tree.finding(
                path,
                Text(f"同一张证书在 {others} 也登记了", f"the same certificate is pinned in {others} too"),
                Text("一张证书只属于一个地区; 向两地核实", "a certificate belongs to one region only; ask both"),
            )
    for taken in roots.values():
        for file, path, others in _shared(taken):
            yield file.tree.warning(
                path,
                Text(f"与 {others} 信任同一个证书机构", f"{others} trusts the same certificate authority"),
                Text(
                    "确认它是省级等共用机构; 否则换成各自的",
                    "make sure it is an authority for several regions, such as a province's",
                ),
            )


def _mappings(files: tuple[Loaded, ...]) -> Iterator[Finding]:
    """Yield mappings of one code of ours to several codes of one province: its regions share a catalogue."""
    places: dict[tuple[str, str], dict[str, list[Place]]] = defaultdict(lambda: defaultdict(list))
    for file in files:
        for n, agreement in enumerate(file.partner.agreements):
            for position, item in enumerate(agreement.items):
                if item.local:
                    path: KeyPath = ("agreements", n, "items", position, "local", "theirs")
                    places[item.local.ours, item.local.theirs[:2]][item.local.theirs].append((file, path))
    for (ours, province), by_code in places.items():
        for code, taken in by_code.items() if len(by_code) > 1 else ():
            others = {other: there for other, there in by_code.items() if other != code}
            named = ", ".join(f"{other} ({there[0][0].tree.file})" for other, there in sorted(others.items()))
            for file, path in taken:
                if any(there[0].tree.file != file.tree.file for found in others.values() for there in found):
                    yield file.tree.warning(
                        path,
                        Text(
                            f"{ours} 在 {province} 省还对应 {named}",
                            f"{ours} also stands for {named} in province {province}",
                        ),
                        Text(
                            "同一个省的目录只有一个编码, 与对方核对",
                            "a province's catalogue has one code for it: ask them",
                        ),
                    )


def _ties(files: tuple[Loaded, ...]) -> Iterator[Finding]:
    """Yield agreements between which a route could not choose.

    The narrowest scope wins.  Two scopes that are equally narrow and hold the same place are the same
    code; so only agreements that share a code on both sides can tie.
    """
    pairs: dict[tuple[str, str], list[tuple[Loaded, int]]] = defaultdict(list)
    for file in files:
        for position, agreement in enumerate(file.partner.agreements):
            for theirs in agreement.their_scope:
                for ours in agreement.our_scope:
                    pairs[theirs, ours].append((file, position))
    reported: set[tuple[str, int, str, int]] = set()
    for (theirs, ours), together in pairs.items():
        for at, (file, position) in enumerate(together):
            for other, other_position in together[at + 1 :]:
                mark = (file.tree.file, position, other.tree.file, other_position)
                item = _same_item(file, position, other, other_position)
                if item and mark not in reported:
                    reported.add(mark)
                    yield _tie(file, position, other, other_position, (theirs, ours), item)
                    if other.tree.file != file.tree.file:
                        yield _tie(other, other_position, file, position, (theirs, ours), item)


def _tie(
    file: Loaded, position: int, other: Loaded, other_position: int, scopes: tuple[str, str], item: str
) -> Finding:
    number = other.partner.agreements[other_position].number
    theirs, ours = scopes
    there = f"{other.tree.file}:{other.tree.line(('agreements', other_position, 'their_scope'))}"
    return file.tree.finding(
        ("agreements", position, "their_scope"),
        Text(
            f"与 {there} 的 {number} 重叠: {ours} 与 {theirs} 之间的“{item}”两边都写了, 无法选择",
            f"overlaps {number} in {there}: both list '{item}' between {ours} and {theirs}",
        ),
        Text("缩小其中一份的范围或清单, 或错开有效期", "narrow the scope or list of one, or keep their dates apart"),
    )


def _same_item(file: Loaded, position: int, other: Loaded, other_position: int) -> str | None:
    """Return the name of an item that both agreements allow in the same mode, direction and time, or None."""
    one, two = file.partner.agreements[position], other.partner.agreements[other_position]
    if one.valid_to < two.valid_from or two.valid_to < one.valid_from:
        return None
    samples = (file.partner.status is Status.SAMPLE) + (other.partner.status is Status.SAMPLE)
    if samples == 1:
        return None
    inward_too = file.partner is other.partner
    known = {key for item in one.items for key in _ways(item, inward_too)}
    return next((item.name for item in two.items if any(key in known for key in _ways(item, inward_too))), None)


def _ways(item: AgreedItem, inward_too: bool) -> Iterator[tuple[object, ...]]:
    for code in item.codes:
        for mode in item.modes:
            for direction in item.directions:
                # Inward cases name their sender, so other partners' agreements cannot compete for them.
                if inward_too or direction is Direction.OUTWARD:
                    yield code, mode, direction


def _shared(places: list[Place]) -> Iterator[tuple[Loaded, KeyPath, str]]:
    """Yield each place whose thing also stands in other files, with names and lines of those, at most MOST_NAMED."""
    for file, path in places:
        others = sorted(
            {
                f"{other.tree.file}:{other.tree.line(there)}"
                for other, there in places
                if other.tree.file != file.tree.file
            }
        )
        if others:
            more = f" (+{len(others) - MOST_NAMED})" if len(others) > MOST_NAMED else ""
            yield file, path, ", ".join(others[:MOST_NAMED]) + more
