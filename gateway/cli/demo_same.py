"""The stories that show what “the same in either place” means: requirements, definitions, parts, licences, time."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from gateway.case.clock.words import LIGHT_NAMES, Light
from gateway.case.days import day_in_china
from gateway.cli.demo_data import (
    CARD,
    CARD_LICENCE,
    CARD_NAME,
    card_case,
    file_material,
    licence_material,
    pension_case,
    photograph,
)
from gateway.cli.demo_stage import ENSHI, PATIENCE, QIANJIANG, XIANGXI, Ending, Stage, StoryFailed, expect

ID_TYPE = "11422800MB0T00015R001"


async def checklist_not_met(stage: Stage) -> None:
    """(e) The handler's checklist is not met: everything is told at once, and nothing leaves."""
    request = card_case(QIANJIANG, ENSHI, "QJ-2026-000005", stage.now(), [])
    request["form"] = {"持卡人姓名": "向小满", "换领原因": "想换新的"}
    status, answer = await stage.systems[QIANJIANG].call("POST", "/v1/cases", request)
    expect(status == 422, f"应拒收, 实为 HTTP {status} {answer}")
    expect(answer["reason"] == "REQUIREMENTS_NOT_MET", f"原因应为 REQUIREMENTS_NOT_MET, 实为 {answer['reason']}")
    stage.tell(f"黔江区 收件前核对: {answer['cause']['zh']}")
    for finding in answer["findings"]:
        stage.tell(f"  {finding['path']}: {finding['problem']['zh']}; {finding['fix']['zh']}")
    expect(len(answer["findings"]) >= 3, "应一次指出表单和两份必要材料")
    _, known = await stage.operator(ENSHI).call("GET", "/v1/cases?limit=200")
    expect(all(one["origin_number"] != "QJ-2026-000005" for one in known["cases"]), "恩施州不应收到任何内容")
    stage.finished.append(Ending("-", f"未收件 (缺 {len(answer['findings'])} 处)", "没有收到任何内容"))


async def four_same(stage: Stage) -> None:
    """(f) Two regions' definitions of one item, field by field."""
    for line in (await stage.command(QIANJIANG, "items", "compare", ENSHI, CARD)).splitlines():
        stage.tell(line)
    report = json.loads(await stage.command(QIANJIANG, "items", "compare", ENSHI, CARD, "--json"))
    (item,) = [one for one in report["items"] if one["comparison"]]
    found = item["comparison"]["differences"]
    expect(len(found) >= 4, f"两地的示例定义应有差异, 实为 {len(found)} 处")
    dimensions = {one["dimension"] for one in found}
    expect({"materials", "process", "limits"} <= dimensions, f"差异应涉及材料、流程、时限, 实为 {dimensions}")
    score = item["comparison"]["score"]
    expect(score < 100, "有差异时不应得满分")
    stage.finished.append(Ending("-", f"{CARD_NAME}\n差异 {len(found)} 处, 得分 {score}", "-"))


async def joint_case(stage: Stage) -> None:
    """(g) One application, two regions; one grants, one does not accept, and both are shown."""
    materials = await _papers(stage)
    request = pension_case("QJ-2026-000007", stage.now(), materials)
    status, answer = await stage.systems[QIANJIANG].call("POST", "/v1/joint-cases", request)
    expect(status == 202, f"黔江区 多地联办收件: HTTP {status} {answer}")
    whole = str(answer["case_id"])
    parts = {one["partner"]: str(one["case_id"]) for one in answer["children"]}
    stage.tell(f"黔江区 一次收件, 协同编号 {whole}, 拆分为 {len(parts)} 件")
    for code, word, rest in (
        (ENSHI, "办结: 准予", {"decision": "granted", "document_number": "恩人社转〔2026〕00031号"}),
        (XIANGXI, "不予受理", {"reason": "本地没有参保记录 (示例)", "legal_basis": "国办发〔2009〕66号 (示例)"}),
    ):
        number = parts[code]
        await stage.claim(code, number)
        await stage.act(code, number, "received_by_handler", "签收", handler_number=f"{code}-2026-7")
        if "decision" in rest:
            await stage.act(code, number, "accepted", "受理", acceptance_number="恩人社受〔2026〕00131号")
            await stage.act(code, number, "decided", word, result_kind="other", result_name="转移信息表", **rest)
        else:
            await stage.act(code, number, "not_accepted", word, **rest)
    seen = await _whole_until(stage, whole, "partly_granted")
    stage.tell(f"黔江区 整件状态: {seen['state_name']['zh']}")
    for one in seen["attention"]:
        stage.tell(f"  请注意 {one['case_id']} {one['state_name']['zh']}: {one['advice']['zh']}")
    expect(len(seen["attention"]) == 1, "不予受理的部分应当显示")
    handed = {
        "occurred_at": stage.now().isoformat(timespec="seconds"),
        "actor": {"name": "示例工作人员", "staff_number": "0012", "division": "500114000000"},
        "way": "origin_window",
        "recipient_name": "向小满",
    }
    status, done = await stage.systems[QIANJIANG].call("POST", f"/v1/joint-cases/{whole}/delivered", handed)
    expect(status in (200, 202), f"一次送达: HTTP {status} {done}")
    await stage.until(ENSHI, parts[ENSHI], "delivered")
    seen = await _whole_until(stage, whole, "partly_delivered")
    stage.tell(f"黔江区 一次送达, 整件状态: {seen['state_name']['zh']}")
    stage.finished.append(Ending(whole, seen["state_name"]["zh"], "恩施州 已送达\n湘西州 不予受理"))


async def licence_ran_out(stage: Stage) -> None:
    """(h) A licence verified at the window expires on the way and is caught before acceptance."""
    photo = await stage.upload(QIANJIANG, photograph(110, seed=8))
    materials = [
        licence_material("m1", "居民身份证", CARD_LICENCE, ID_TYPE),
        file_material("m2", "一寸免冠照片", *photo, "照片.jpg"),
    ]
    number = await stage.submit(QIANJIANG, card_case(QIANJIANG, ENSHI, "QJ-2026-000008", stage.now(), materials))
    seen = await stage.view(QIANJIANG, number)
    check = _checks(seen, "m1")[0]
    expect(check["outcome"] == "valid", f"收件时应核验有效, 实为 {check}")
    stage.tell(f"黔江区 收件时核验居民身份证 (电子证照): 有效, 有效期至 {check['valid_to']}")
    await stage.claim(ENSHI, number)
    await stage.act(ENSHI, number, "received_by_handler", "签收", handler_number="ES-2026-000128")
    await stage.until(QIANJIANG, number, "with_handler")
    await stage.put_forward(days=2)
    refused = await stage.try_act(ENSHI, number, "accepted", acceptance_number="恩人社受〔2026〕00128号")
    expect(refused["reason"] == "LICENCE_INVALID", f"受理前应查出证照失效, 实为 {refused}")
    stage.tell(f"恩施州 受理前再次核验: {refused['cause']['zh']}")
    stage.tell(f"怎么办: {refused['fix']['zh']}")
    asked = [{"requirement_id": "r1", "material_id": "m1", "what": "居民身份证已过有效期, 请提交有效证件"}]
    await stage.act(ENSHI, number, "supplement_requested", "一次性告知补正: 有效证件", requirements=asked)
    seen = await stage.until(QIANJIANG, number, "supplement_requested")
    outcomes = [one["outcome"] for one in _checks(await stage.view(ENSHI, number), "m1")]
    expect("invalid" in outcomes, f"恩施州应留有核验记录, 实为 {outcomes}")
    stage.finished.append(Ending(number, seen["state_name"]["zh"], "证照失效, 已告知补正"))


async def limit_passed(stage: Stage) -> None:
    """(i) The promised limit runs out: both sides see the same clock and the same red light."""
    materials = await _papers(stage)
    number = await stage.submit(QIANJIANG, card_case(QIANJIANG, ENSHI, "QJ-2026-000009", stage.now(), materials))
    await stage.claim(ENSHI, number)
    await stage.act(ENSHI, number, "received_by_handler", "签收", handler_number="ES-2026-000129")
    await stage.act(ENSHI, number, "accepted", "受理", acceptance_number="恩人社受〔2026〕00129号")
    before = _clock(await stage.until(QIANJIANG, number, "accepted"))
    stage.tell(f"黔江区 承诺时限: {_light(before)}, 到期 {_due(before)}")
    await stage.put_forward(days=21)
    await _told(stage, number)
    clocks = [_clock(await stage.view(code, number)) for code in (QIANJIANG, ENSHI)]
    expect(clocks[0]["light"] == clocks[1]["light"] == "overdue", f"两地都应为超期, 实为 {clocks}")
    expect(clocks[0]["due_at"] == clocks[1]["due_at"] == before["due_at"], f"两地的到期日应相同, 实为 {clocks}")
    for name, clock in zip(("黔江区", "恩施州"), clocks, strict=True):
        stage.tell(f"{name} 承诺时限: {_light(clock)}, 到期 {_due(clock)}")
    words = [f"{_light(clock)}\n到期 {_due(clock)}" for clock in clocks]
    stage.finished.append(Ending(number, words[0], words[1]))


async def _papers(stage: Stage) -> list[dict[str, Any]]:
    """Upload what the handler demands: an identity card, a photograph, a form."""
    names = ("居民身份证", "一寸免冠照片", "基本养老保险关系转移接续申请表")
    files = [await stage.upload(QIANJIANG, photograph(60, seed=20 + n)) for n in range(len(names))]
    return [
        file_material(f"m{n}", name, *file, f"{name}.jpg")
        for n, (name, file) in enumerate(zip(names, files, strict=True), 1)
    ]


async def _whole_until(stage: Stage, whole: str, state: str) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    async def there() -> bool:
        nonlocal seen
        _, seen = await stage.systems[QIANJIANG].call("GET", f"/v1/joint-cases/{whole}")
        return bool(seen.get("state") == state)

    await _patiently(there, f"{whole} 应为 {state}")
    return seen


async def _told(stage: Stage, number: str) -> None:
    """Wait until the overrun stands on both sides as the same event."""

    async def there() -> bool:
        views = [await stage.view(code, number) for code in (QIANJIANG, ENSHI)]
        return all(
            any(one["event"] == "deadline_passed" and one.get("clock") == "promised" for one in seen.get("events", ()))
            for seen in views
        )

    await _patiently(there, f"{number}: 超期没有成为两地的事件")


async def _patiently(there: Callable[[], Awaitable[bool]], otherwise: str) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE
    while loop.time() < end:
        if await there():
            return
        await asyncio.sleep(0.1)
    raise StoryFailed(otherwise)


def _clock(seen: Mapping[str, Any]) -> dict[str, Any]:
    return next(dict(one) for one in seen["clocks"] if one["clock"] == "promised")


def _light(clock: Mapping[str, Any]) -> str:
    return f"{LIGHT_NAMES[Light(clock['light'])].zh}, {clock['words']['zh']}"


def _due(clock: Mapping[str, Any]) -> str:
    """The last day that counts: a limit ends at 24:00 of it."""
    return str(day_in_china(datetime.fromisoformat(clock["due_at"]) - timedelta(microseconds=1)))


def _checks(seen: Mapping[str, Any], material_id: str) -> list[dict[str, Any]]:
    found = next(one for one in seen["materials_now"] if one["material_id"] == material_id)
    return list(found["licence_checks"])


SAME_STORIES: Mapping[str, Callable[[Stage], Any]] = {
    "(e) 不符合办理地的材料清单: 一次告知全部, 不发出任何内容": checklist_not_met,
    "(f) 四个一致: 两地同一事项的差异": four_same,
    "(g) 多地联办: 一次收件, 两地各办, 一次送达": joint_case,
    "(h) 证照免提交: 收件时有效, 途中到期, 受理前查出": licence_ran_out,
    "(i) 限时办结: 超过承诺时限, 两地同时亮红灯": limit_passed,
}
