"""`tongban reconcile`: days compared with partners (对账), now or every night; what differed, and why it may."""

import asyncio
import json
import secrets
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.case.texts import Text
from gateway.cli.asking import ask
from gateway.cli.maintenance import operator
from gateway.cli.masked import printable
from gateway.cli.moments import moment
from gateway.cli.options import ended, home_option, json_option, lang_option, speaking
from gateway.cli.speech import ExitCode, Refused, Speaker

if TYPE_CHECKING:
    from gateway.cli.control import Control

_DAY = click.DateTime(formats=["%Y-%m-%d"])
_partner = click.option("--partner", default="", help="只和这个地区 / with this partner.")


@click.group()
@lang_option
def reconcile() -> None:
    """与伙伴逐日对账 (需网关在运行) / days compared with partners, by way of the running gateway."""


@reconcile.command("run")
@click.option("--day", type=_DAY, help="哪一天 (北京时间, 信封签封之日), 默认昨天 / which day; yesterday without it.")
@_partner
@home_option
@json_option
@lang_option
@speaking
def run(speaker: Speaker, *, day: Any, partner: str, home: Path) -> None:
    """现在就对账, 能补救的补救 / compare now, and repair what is safe.

    不写 --partner 是和所有能询问的伙伴. 退出码: 0 一致或已补救; 1 有差异, 或有伙伴没有问到.
    """

    async def conversation(control: "Control") -> list[dict[str, Any]]:
        known = await control.get("/v1/reconciliations/askable")
        which = day.date() if day else date.fromisoformat(known["today"]) - timedelta(days=1)
        return [await _one(control, code, which, speaker) for code in ([partner] if partner else known["partners"])]

    done = ask(speaker, home, conversation)
    if speaker.as_json:
        speaker.document({"partners": done})
    elif not done:
        speaker.say(_NOBODY)
    else:
        _tell(speaker, [one for each in done for one in each["days"]])
    failed = any(each["failed"] for each in done)
    differs = any(one["outcome"] == "differs" for each in done for one in each["days"])
    ended(ExitCode.REFUSED if failed or differs else ExitCode.OK)


@reconcile.command("list")
@click.option("--day", type=_DAY, help="只要这一天 / of this day.")
@_partner
@click.option("--all", "everything", is_flag=True, help="一致的也列出 / equal days as well.")
@home_option
@json_option
@lang_option
@speaking
def show_all(speaker: Speaker, *, day: Any, partner: str, everything: bool, home: Path) -> None:
    """各日的结果, 最新的在前; 默认只列不一致和没有问到的 / how days came out, the newest first."""
    query = {"partner": partner} if partner else {}
    if day:
        query |= {"first": day.date().isoformat(), "last": day.date().isoformat()}
    seen = ask(speaker, home, lambda control: control.get("/v1/reconciliations", query))
    rows = [one for one in seen["days"] if everything or day or one["outcome"] != "equal" or one["failure"]]
    if speaker.as_json:
        speaker.document({"at": seen["at"], "days": rows})
        return
    _tell(speaker, rows)
    counted = Counter(one["outcome"] for one in seen["days"])
    said = [f"{_OUTCOMES[word].say(speaker.lang)} {count}" for word, count in sorted(counted.items())]
    if said:
        speaker.note(", ".join(said))


@reconcile.command("show")
@click.option("--day", type=_DAY, required=True, help="哪一天 / which day.")
@click.option("--partner", required=True, help="和哪个地区 / with which partner.")
@home_option
@json_option
@lang_option
@speaking
def show(speaker: Speaker, *, day: Any, partner: str, home: Path) -> None:
    """一天和一个伙伴: 两边的数目与摘要, 逐个信封的差异 / one day with one partner, envelope by envelope."""
    path = f"/v1/reconciliations/{partner}/{day.date().isoformat()}"
    seen = ask(speaker, home, lambda control: control.get(path))
    if speaker.as_json:
        speaker.document(seen)
        return
    lang = speaker.lang
    for one in printable(seen)["days"]:
        speaker.say(f"{one['day']}  {one['partner']}  {_WAYS[one['direction']].say(lang)}: {_outcome(one, speaker)}")
        for side, label in (("here", _HERE), ("there", _THERE)):
            speaker.say(f"  {label.say(lang)}: {one[side]['count']}  {one[side]['digest'] or '-'}")
        if one["explanation"]:
            speaker.say(
                f"  {_EXPLAINED.say(lang)}: {one['explanation']} ({one['explained_by'].removeprefix('staff:')})"
            )
        rows = [
            [
                this["envelope_id"],
                _KINDS[this["kind"]].say(lang) if this["kind"] in _KINDS else this["kind"],
                _side(this["here"]),
                _side(this["there"]),
                _DONE[this["done"]].say(lang),
                moment(this["done_at"]),
            ]
            for this in one["envelopes"]
        ]
        if rows:
            speaker.table(_ENVELOPE_HEADS, rows, empty=_EQUAL)
        speaker.say("")


@reconcile.command("explain")
@click.option("--day", type=_DAY, required=True, help="哪一天 / which day.")
@click.option("--partner", required=True, help="和哪个地区 / with which partner.")
@click.option("--reason", required=True, help="为什么, 记入报告和审计, 不要写个人信息 / why; kept in report and audit.")
@home_option
@json_option
@lang_option
@speaking
def explain(speaker: Speaker, *, day: Any, partner: str, reason: str, home: Path) -> None:
    """查明原因后说明, 不再报警; 再有变化仍会报 / say why a day differs; it is told again if it changes."""
    body = {"day": day.date().isoformat(), "partner": partner, "reason": reason, "by": operator()}
    raw = json.dumps(body).encode()
    done = ask(
        speaker,
        home,
        lambda control: control.post("/v1/reconciliations/explain", raw, idempotency_key=secrets.token_hex(8)),
    )
    if speaker.as_json:
        speaker.document(done)
    else:
        speaker.say(_EXPLAINED)


async def _one(control: "Control", code: str, day: date, speaker: Speaker) -> dict[str, Any]:
    """Compare one day with one partner; one that cannot be asked costs the others nothing."""
    body = json.dumps({"partner": code, "day": day.isoformat(), "by": operator()}).encode()
    await asyncio.sleep(0)  # Ctrl-C ends it between two partners
    try:
        done = await control.post("/v1/reconciliations/run", body, idempotency_key=secrets.token_hex(8))
    except Refused as refused:
        problem = dict(refused.problem)
        if not speaker.as_json:
            speaker.note(f"{code}: {problem.get('detail') or problem.get('title')}")
        return {"partner": code, "days": [], "failed": True, "problem": problem}
    return {"partner": code, "days": done["days"], "failed": False, "problem": None}


def _tell(speaker: Speaker, rows: list[dict[str, Any]]) -> None:
    lang = speaker.lang
    cells = [
        [
            one["day"],
            one["partner"],
            _WAYS[one["direction"]].say(lang),
            _outcome(one, speaker),
            f"{one['here']['count']} / {one['there']['count']}",
            str(one["differences"]),
            str(one["waiting"]),
            moment(one["compared_at"]) or "-",
        ]
        for one in rows
    ]
    speaker.table(_HEADS, cells, empty=_EQUAL)


def _outcome(one: dict[str, Any], speaker: Speaker) -> str:
    said = _OUTCOMES[one["outcome"]].say(speaker.lang)
    return f"{said}: {one['failure']}" if one["failure"] else said


def _side(said: str) -> str:
    """Return the outcome of a side, with the beginning of its digest."""
    digest, _, outcome = said.partition(" ")
    return f"{outcome} {digest[:8]}" if outcome else "-"


_WAYS = {"out": Text("我方发出", "ours to them"), "in": Text("对方发来", "theirs to us")}
_OUTCOMES = {
    "equal": Text("一致", "equal"),
    "repaired": Text("已补救", "repaired"),
    "waits": Text("等对方补救", "theirs to repair"),
    "differs": Text("有差异", "differs"),
    "explained": Text("已说明", "explained"),
    "not_asked": Text("没有问到", "not asked"),
}
_KINDS = {
    "not_known_there": Text("我方有回执, 对方没有这个信封", "we hold a receipt, they do not know it"),
    "not_settled_here": Text("对方已答复, 我方没有回执", "they answered, the receipt is not here"),
    "not_settled_there": Text("我方已答复, 对方没有回执", "we answered, they have no receipt"),
    "not_held_here": Text("对方有我方回执, 我方没有这个信封", "they hold our receipt, we do not know it"),
    "other_outcome": Text("两边结果不同", "another outcome or content"),
}
_DONE = {
    "raised": Text("需人工", "a person has to look"),
    "repaired": Text("已补救", "repaired"),
    "left_out": Text("补救不成, 需人工", "could not be repaired"),
    "theirs": Text("等对方补救", "theirs to repair"),
    "gone": Text("已消失", "gone since"),
}
_HERE, _THERE = Text("我方", "here"), Text("对方", "there")
_EXPLAINED = Text("已说明", "explained")
_EQUAL = Text("没有不一致的", "nothing differs")
_NOBODY = Text("没有可以询问的伙伴", "there is no partner to ask")
_HEADS = (
    Text("日期", "day"),
    Text("地区", "partner"),
    Text("方向", "direction"),
    Text("结果", "outcome"),
    Text("数目 我/对", "count here/there"),
    Text("差异", "differ"),
    Text("未答复", "waiting"),
    Text("对账时间", "compared"),
)
_ENVELOPE_HEADS = (
    Text("信封", "envelope"),
    Text("差异", "difference"),
    Text("我方", "here"),
    Text("对方", "there"),
    Text("处理", "done"),
    Text("时间", "at"),
)
