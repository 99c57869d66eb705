"""Folders to practise with: a region that is none, its agreement with a real gateway, and the partner file to hand over.

The folder is a gateway's home like any other, so that every command works on it; beside it lies what the other side
drops into its `partners/`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.case.code.divisions import Divisions
from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.cli.homes import Plan, make_home
from gateway.files.findings import Finding
from gateway.files.reader import read
from gateway.files.tree import Tree
from gateway.flows.onboarding.partner_entry import entry, entry_text
from gateway.partners.check import check_folder
from gateway.settings import SETTINGS_NAME, Settings, load_settings
from gateway.trust.keys import load_keys

FOR_THEM = "for-them"
ITEM, ITEM_NAME = "000120011000", "社会保障卡申领、补领、换领、换发"
DAYS = 90
RATE = 600
_COMMENT = "# 示例 (sample): 对接测试用, 测完删除 / for testing the connection; delete it afterwards\n"
_NO_ENTRY = Text(
    "不是对方网关的描述: 应有 code、name、short_name、tls.roots 和 keys",
    "it does not describe a gateway: code, name, short_name, tls.roots and keys are needed",
)
_ASK_THEM = Text(
    "请对方运行 tongban partners entry 并把输出存成文件; 其他程序照 docs/conformance.md 的样子写",
    "have the other side run tongban partners entry and save its output; docs/conformance.md shows what to write otherwise",
)
_PARTS = ("code", "name", "short_name", "status", "endpoints", "tls", "keys")


@dataclass(frozen=True, slots=True)
class Practice:
    """A folder that was made, and the file for the other side.

    Attributes:
        findings: what the checker says about our partner file; an error means it cannot be used.
    """

    settings: Settings
    for_them: Path
    findings: tuple[Finding, ...]


def describe_other(source: Path) -> dict[str, Any]:
    """Return what describes another gateway: of a file as `tongban partners entry` prints it, or of a gateway's home.

    Raises:
        GatewayError: CONFIGURATION when it cannot be read or says too little.
    """
    if source.is_dir():
        settings, findings = load_settings(source / SETTINGS_NAME)
        if settings is None:
            raise _refused(
                source, [FieldFinding(f"{one.file}:{one.line}: {one.key}", one.problem, one.fix) for one in findings]
            )
        return dict(entry(settings, load_keys(settings.keys).keys))
    tree = read(source)
    if not isinstance(tree, Tree):
        raise _refused(source, [FieldFinding(f"{one.file}:{one.line}", one.problem, one.fix) for one in tree])
    described = {part: tree.data[part] for part in _PARTS if tree.data.get(part) is not None}
    if not {"code", "name", "short_name", "tls", "keys"} <= described.keys():
        raise _refused(source, [FieldFinding(str(source), _NO_ENTRY, _ASK_THEM)])
    return described


def make_practice(
    folder: Path,
    plan: Plan,
    theirs: Mapping[str, Any],
    *,
    item: str,
    item_name: str,
    now: datetime,
    divisions: Divisions,
    secret: Callable[[int], bytes],
) -> Practice:
    """Make the folder of a practice region and both partner files.

    Args:
        plan: of the practice region; without endpoints it collects.
        theirs: what `describe_other` returned.

    Raises:
        GatewayError: CONFIGURATION; see `homes.make_home`.
    """
    home = make_home(folder, plan, now=now, divisions=divisions, secret=secret)
    settings, _ = load_settings(home.settings_file, divisions)
    if settings is None:
        raise RuntimeError("the settings that were just written do not load")
    ours, other = settings.region, str(theirs["code"])
    about_them = {**theirs, "status": "active", "agreements": [_agreement(ours, other, item, item_name, now)]}
    if not theirs.get("endpoints"):
        about_them["delivery"] = "collect"
    _write(settings.partners / f"{other}-{theirs['short_name']}.yaml", about_them)
    about_us = entry(settings, load_keys(settings.keys).keys)
    about_us["limits"] = {"envelopes_per_minute": RATE}
    about_us["agreements"] = [_agreement(other, ours, item, item_name, now)]
    for_them = settings.home / FOR_THEM / f"{ours}-{settings.short_name}.yaml"
    for_them.parent.mkdir()
    _write(for_them, about_us)
    checked = check_folder(settings.partners, divisions, ours, day_in_china(now))
    return Practice(settings, for_them, tuple(one for one in checked.findings if one.is_error))


def _agreement(ours: str, theirs: str, item: str, item_name: str, now: datetime) -> dict[str, Any]:
    """Return the test agreement as the region `ours` writes it."""
    first, second = sorted((ours, theirs))
    day = day_in_china(now)
    return {
        "number": f"示例对接测试〔{day.year}〕{first}-{second}号",
        "title": "对接测试用协议 (示例)",
        "valid_from": day.isoformat(),
        "valid_to": (day + timedelta(days=DAYS)).isoformat(),
        "our_scope": [ours],
        "their_scope": [theirs],
        "items": [
            {"name": item_name, "basic": item, "modes": ["entrusted"], "directions": ["outward", "inward"]},
        ],
    }


def _write(file: Path, content: Mapping[str, Any]) -> None:
    file.write_text(_COMMENT + entry_text(content), encoding="utf-8")


def _refused(source: Path, findings: list[FieldFinding]) -> GatewayError:
    return GatewayError(Reason.CONFIGURATION, findings=findings, count=len(findings), file=source)
