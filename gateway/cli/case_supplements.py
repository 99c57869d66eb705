"""Supplements on the page of a case: what was asked, what was answered, which version of each material counts.

Takes the JSON of the local door, masked and printable.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.case.code.masking import mask_name
from gateway.case.texts import Text
from gateway.cli.moments import moment

Seen = Mapping[str, Any]


def supplement_lines(seen: Seen) -> Iterator[Text]:
    """Yield every notice with its requirements, then the materials that were replaced and the form, if it changed."""
    for number, notice in enumerate(seen.get("supplements") or (), 1):
        yield _notice(number, notice)
        for wanted in notice["requirements"]:
            yield _requirement(notice, wanted)
    for material in seen.get("materials_now") or ():
        if len(material["versions"]) > 1:
            yield _versions(material)
    if seen.get("form_now"):
        yield Text("表单: 已按补正更新", "the form: changed by a supplement")


def _notice(number: int, notice: Seen) -> Text:
    at = moment(notice["requested_at"])
    zh, en = f"第 {number} 次告知 {at}", f"notice {number}, {at}"
    if notice["notice_number"]:
        zh, en = f"{zh} {notice['notice_number']}", f"{en}, {notice['notice_number']}"
    if notice["second"]:
        who = mask_name(notice["supervisor"]) if notice["supervisor"] else ""
        zh += f", 受理前再次告知, 批准人 {who or '未写'}"
        en += f", a second one before acceptance, approved by {who or 'nobody named'}"
    if notice["respond_by"] and not notice["answered_at"]:
        until = moment(notice["respond_by"])
        zh, en = f"{zh}, {until} 前补正", f"{en}, supplement until {until}"
    if notice["answered_at"]:
        came = moment(notice["answered_at"])
        return Text(f"{zh}, {came} 补正", f"{en}, answered {came}")
    return Text(f"{zh}, 待补正", f"{en}, not answered yet")


def _requirement(notice: Seen, wanted: Seen) -> Text:
    if not notice["answered_at"]:
        state = Text("待补", "awaited")
    elif wanted["answered"]:
        state = Text("已补", "answered")
    else:
        state = Text("未补, 申请人已说明", "not supplied, as the applicant declared")
    name = f"  {wanted['requirement_id']} {wanted['what']}"
    return Text(f"{name}: {state.zh}", f"{name}: {state.en}")


def _versions(material: Seen) -> Text:
    *earlier, now = material["versions"]
    listed = ", ".join(str(version) for version in earlier)
    return Text(
        f"材料 {material['name']}: 现为第 {now} 版, 此前有第 {listed} 版",
        f"material {material['name']}: version {now} counts, before it {listed}",
    )
