"""The stories of the demo.  Each ends in a stated way or raises; nothing is taken for granted."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from gateway.cli.demo_data import CARD_NAME, DISABILITY, REGIONS, card_case, file_material, photograph
from gateway.cli.demo_same import SAME_STORIES
from gateway.cli.demo_stage import ENSHI, PATIENCE, QIANJIANG, XIANGXI, Ending, Operator, Stage, StoryFailed, expect
from gateway.cli.federation import LocalSystem, start, stop


async def card_with_supplement(stage: Stage) -> None:
    """(a) 异地代收代办: a card, with files, one supplement round, granted and delivered."""
    now = stage.now()
    card = await stage.upload(QIANJIANG, photograph(300, seed=1))
    photo = await stage.upload(QIANJIANG, photograph(120, seed=2))
    stage.tell(f"黔江区 上传身份证扫描件与照片 ({(card[1] + photo[1]) // 1024} KiB)")
    materials = [
        file_material("m1", "居民身份证", *card, "身份证.jpg"),
        file_material("m2", "一寸免冠照片", *photo, "照片.jpg"),
    ]
    number = await stage.submit(QIANJIANG, card_case(QIANJIANG, ENSHI, "QJ-2026-000001", now, materials))
    await stage.claim(ENSHI, number)
    await stage.act(ENSHI, number, "received_by_handler", "签收", handler_number="ES-2026-000123")
    asked = [{"requirement_id": "r1", "material_id": "m2", "what": "照片底色应为白色, 请重新提供"}]
    await stage.act(ENSHI, number, "supplement_requested", "一次性告知补正: 照片", requirements=asked)
    await stage.until(QIANJIANG, number, "supplement_requested")
    again = await stage.upload(QIANJIANG, photograph(140, seed=3))
    renewed = file_material("m2", "一寸免冠照片", *again, "照片-白底.jpg") | {"version": 2}
    await stage.act(QIANJIANG, number, "supplemented", "补正: 白底照片", materials=[renewed], requirement_ids=["r1"])
    await stage.until(ENSHI, number, "with_handler")
    await stage.act(ENSHI, number, "accepted", "受理", acceptance_number="恩人社受〔2026〕00123号 (示例)")
    started = stage.now().isoformat(timespec="seconds")
    step = {"kind": "review", "name": "审查", "started_at": started, "ended_at": started}
    await stage.act(ENSHI, number, "step_done", "审查", **step)
    await stage.act(
        ENSHI, number, "decided", "办结: 准予", decision="granted", document_number="恩人社许〔2026〕00017号 (示例)"
    )
    await stage.until(QIANJIANG, number, "granted")
    await stage.act(ENSHI, number, "result_sent", "寄出社会保障卡", way="mail", carrier="EMS", tracking_number="示例")
    await stage.until(QIANJIANG, number, "awaiting_delivery")
    await stage.act(QIANJIANG, number, "delivered", "窗口领取登记", way="origin_window", recipient_name="向小满")
    await same_on_both_sides(stage, stage.side(QIANJIANG), stage.side(ENSHI), number, "delivered")


async def outside_the_agreement(stage: Stage) -> None:
    """(b) An item the agreement does not list is refused at once, with what to do."""
    request = card_case(QIANJIANG, ENSHI, "QJ-2026-000002", stage.now(), [])
    request["item"] = {"basic_code": DISABILITY, "name": "残疾人证办理"}
    status, answer = await stage.systems[QIANJIANG].call("POST", "/v1/cases", request)
    expect(status == 422, f"应拒收, 实为 HTTP {status}")
    expect(answer["reason"] == "ITEM_NOT_AGREED", f"原因应为 ITEM_NOT_AGREED, 实为 {answer['reason']}")
    stage.tell(f"黔江区 被本方网关拒收: {answer['cause']['zh']}")
    stage.tell(f"怎么办: {answer['fix']['zh']}")
    stage.finished.append(Ending("-", "未收件 (协议以外)", "-"))


async def foreign_format(stage: Stage) -> None:
    """(c) A local system that speaks its own JSON; its codes are mapped by its file."""
    foreign = stage.foreign
    raw = foreign.request.read_bytes()
    status, answer = await foreign.caller.call("POST", f"/v1/systems/{foreign.system}/cases", raw)
    expect(status in (200, 201, 202), f"{foreign.system}: HTTP {status} {answer}")
    number = str(answer["case_id"])
    stage.tell(f"{REGIONS[foreign.code]} 的 {foreign.system} 以自有格式提交, 协同编号 {number}")
    await stage.claim(XIANGXI, number)
    await stage.act(XIANGXI, number, "received_by_handler", "签收", handler_number="XX-2026-000124")
    await stage.act(XIANGXI, number, "accepted", "受理", acceptance_number="吉人社受〔2026〕00124号")
    await stage.act(
        XIANGXI,
        number,
        "decided",
        "办结: 不予",
        decision="denied",
        document_number="吉人社决〔2026〕00018号",
        reason="参保关系不在本地 (示例), 可自收到之日起 60 日内复议",
    )
    # What this system reads back is in its own codes; its region's other view is the canonical one.
    ours, theirs = (foreign.code, stage.operator(foreign.code)), stage.side(XIANGXI)
    await same_on_both_sides(stage, ours, theirs, number, "denied")


async def partner_down(stage: Stage) -> None:
    """(d) Sent while the partner is down; delivered when it is back."""
    await stop(stage.sites[XIANGXI])
    stage.tell("湘西州 网关停机")
    number = await stage.submit(QIANJIANG, card_case(QIANJIANG, XIANGXI, "QJ-2026-000004", stage.now(), []))
    await asyncio.sleep(1.0)
    seen = await stage.view(QIANJIANG, number)
    expect(seen["state"] == "forwarded", f"停机期间应为转办中, 实为 {seen['state']}")
    stage.tell(f"黔江区 已收件落盘, 状态 {seen['state_name']['zh']}, 网关自动重试")
    await start(stage.sites[XIANGXI])
    stage.tell("湘西州 网关恢复")
    await stage.claim(XIANGXI, number)
    await stage.act(XIANGXI, number, "received_by_handler", "签收", handler_number="XX-2026-000009")
    await same_on_both_sides(stage, stage.side(QIANJIANG), stage.side(XIANGXI), number, "with_handler")


Side = tuple[str, LocalSystem | Operator]


async def same_on_both_sides(stage: Stage, origin: Side, handler: Side, number: str, state: str) -> None:
    """Wait for the state on both sides, every receipt settled, and compare everything that happened."""
    ours, theirs = [await settled(side, number, state) for side in (origin, handler)]
    same_story(ours, theirs, number)
    stage.finished.append(Ending(number, _side(ours, "origin_number"), _side(theirs, "handler_number")))


async def settled(side: Side, number: str, state: str) -> dict[str, Any]:
    """Wait until a case is in a state at a region and the region owes nothing more for it."""
    code, system = side
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE
    seen: dict[str, Any] = {}
    while loop.time() < end:
        status, seen = await system.call("GET", f"/v1/cases/{number}")
        if status == 200 and seen["state"] == state and all(one["outcome"] for one in seen["deliveries"]):
            return seen
        await asyncio.sleep(0.05)
    raise StoryFailed(f"{REGIONS[code]}: {number} 应为 {state} 且回执齐全, 现为 {seen.get('state')}")


def same_story(ours: Mapping[str, Any], theirs: Mapping[str, Any], number: str) -> None:
    """Both sides hold the same events in the same order, and the same content."""
    stories = [
        [(one["case_version"], one["envelope_id"]) for one in side["events"] if one["standing"] == "folded"]
        for side in (ours, theirs)
    ]
    expect(stories[0] == stories[1] and len(stories[0]) > 1, f"{number}: 两地的办件过程不一致 {stories}")
    contents = [json.dumps(side["case"], sort_keys=True) for side in (ours, theirs)]
    expect(contents[0] == contents[1], f"{number}: 两地的办件内容不一致")


def _side(seen: Mapping[str, Any], number: str) -> str:
    receipts = sum(one["outcome"] == "accepted" for one in seen["deliveries"])
    state = f"{seen['state_name']['zh']}, 第 {seen['case_version']} 版"
    return f"{state}\n{seen[number] or '(未编号)'}\n已验证并结清回执 {receipts} 份"


STORIES: Mapping[str, Callable[[Stage], Any]] = {
    f"(a) 异地代收代办: {CARD_NAME}, 一次补正, 准予并领取": card_with_supplement,
    "(b) 协议以外的事项被拒收": outside_the_agreement,
    "(c) 自有格式的本地系统": foreign_format,
    "(d) 对方停机, 恢复后送达": partner_down,
    **SAME_STORIES,
}
