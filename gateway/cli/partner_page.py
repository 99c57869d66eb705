"""Partners on the terminal: a list of one line each, at most 120 columns wide, and one partner from both sides."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.case.reasons import Place
from gateway.case.texts import Lang, Text
from gateway.cli.moments import moment
from gateway.cli.queue_page import CIRCUITS, PLACES
from gateway.cli.speech import Speaker

WIDTH = 120
"""Columns of a list; what does not fit of the last cell is told by `partners show`."""
_MANY = 10_000
_LIGHTS: Mapping[str, Text] = {
    "red": Text("红", "red"),
    "yellow": Text("黄", "yellow"),
    "green": Text("绿", "green"),
    "": Text("-", "-"),
}
_STATUS: Mapping[str, Text] = {
    "active": Text("启用", "active"),
    "paused": Text("暂停", "paused"),
    "sample": Text("示例", "sample"),
}


def tell_list(speaker: Speaker, rows: Sequence[Mapping[str, Any]], *, live: bool) -> None:
    """Print partners, one line each; with counts by light at the end while the gateway runs.

    Args:
        live: whether the gateway runs, so that there is more to tell than what the files say.
    """
    if not rows:
        speaker.say(Text("没有伙伴", "no partners"))
        return
    if not live:
        cells = [
            [one["code"], one["short_name"], _status(one, speaker.lang), str(len(one["agreements"])), one["file"]]
            for one in rows
        ]
        speaker.table(_FILE_HEADS, cells, empty=Text("没有伙伴", "no partners"))
        return
    lines = [[head.say(speaker.lang) for head in _HEADS], *(_cells(one, speaker.lang) for one in rows)]
    for line in _aligned(lines):
        speaker.say(line)
    counted = Counter(one["standing"]["light"] for one in rows if one["standing"])
    said = [f"{_LIGHTS[light].say(speaker.lang)} {counted[light]}" for light in ("red", "yellow", "green")]
    speaker.note(", ".join(said))


def tell_partner(speaker: Speaker, one: Mapping[str, Any]) -> None:
    """Print one partner: what is wrong, both views beside one another, agreement, maintenance, whom to call."""
    lang, here, there = speaker.lang, one["here"], one["there"]
    speaker.say(
        f"{_LIGHTS[one['light']].say(lang)}  {one['partner']} {one['name']}  {_status(one, lang)}  {one['file']}"
    )
    for wrong in one["wrong"]:
        place = _SIDES[wrong["place"]].say(lang)
        speaker.say(f"  {_LIGHTS[wrong['light']].say(lang)}  {wrong['said'][lang.value]}  [{place}]")
    if not one["wrong"]:
        speaker.say(Text("  一切正常", "  all is well"))
    if here["last_error"] and here["last_error"]["next_step"]:
        speaker.say(
            Text("  怎么办: {fix}", "  what to do: {fix}").format(fix=here["last_error"]["next_step"][lang.value])
        )
    speaker.say("")
    rows = [[label.say(lang), ours or "-", theirs or "-"] for label, ours, theirs in _both(here, there, lang)]
    speaker.table(_VIEW_HEADS, rows, empty=Text("无", "none"))
    speaker.say("")
    _tell_agreement(speaker, one["agreement"])
    if one["maintenance"]:
        _tell_maintenance(speaker, one["maintenance"])
    days = one["papers_days"]
    if days is not None:
        speaker.say(Text(f"证书与密钥: 还有 {days} 天", f"certificates and keys: {days} days left"))
    if one["unexplained_days"]:
        speaker.say(
            Text(
                f"对账: {one['unexplained_days']} 天有未说明的差异, 见 tongban reconcile list --partner {one['partner']}",
                f"reconciliation: {one['unexplained_days']} days differ, see tongban reconcile list --partner"
                f" {one['partner']}",
            )
        )
    for who in one["contacts"]:
        speaker.say(f"{_CONTACT.say(lang)}: {who['name']} ({who['role']}) {who['phone']}  {who['duty_hours']}")


def ago(moment_text: str | None, now_text: str, lang: Lang) -> str:
    """Return how long ago something was, in the largest unit that fits."""
    if not moment_text:
        return "-"
    seconds = (datetime.fromisoformat(now_text) - datetime.fromisoformat(moment_text)).total_seconds()
    return span(max(seconds, 0.0), lang)


def span(seconds: float, lang: Lang) -> str:
    """Return a length of time in the largest unit that fits."""
    for size, unit in ((86_400, _DAYS), (3_600, _HOURS), (60, _MINUTES)):
        if seconds >= 2 * size or (size == 60 and seconds >= size):
            return f"{int(seconds // size)}{unit.say(lang)}"
    return f"{int(seconds)}{_SECONDS.say(lang)}"


def _cells(row: Mapping[str, Any], lang: Lang) -> list[str]:
    one = row["standing"]
    file = row["version"] or {}
    numbered = f"v{file['version']}" if file.get("version") else "-"
    odd = [_ODD[word].say(lang) for word in ("held_back", "closed") if _is(file, word)]
    if one is None:
        return ["-", row["code"], row["short_name"], "-", "-", "-", "-", "-", numbered, _status(row, lang)]
    here, there, alike = one["here"], one["there"], one["agreement"]["alike"]
    oldest = here["oldest_waiting_seconds"]
    why = "; ".join([*odd, *(wrong["said"][lang.value] for wrong in one["wrong"])])
    return [
        _LIGHTS[one["light"]].say(lang),
        one["partner"],
        one["name"],
        f"{_since(here['last_contact_out'], one, lang)}/{_since(here['last_contact_in'], one, lang)}",
        f"{_count(here['queued'])}/{_count(there['queued'])}",
        "-" if oldest is None else span(oldest, lang),
        {True: "=", False: "≠", None: "?"}[alike],
        "-" if one["papers_days"] is None else str(one["papers_days"]),
        numbered,
        why or _WELL.say(lang),
    ]


def _is(file: Mapping[str, Any], word: str) -> bool:
    """Whether another content stands in the folder than the one that runs, or the file was removed."""
    return bool(file.get("held_back")) if word == "held_back" else file.get("status") == "closed"


def _since(then: str | None, one: Mapping[str, Any], lang: Lang) -> str:
    return ago(then, one["at"], lang)


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    from rich.cells import cell_len, set_cell_size

    widths = [max(cell_len(line[at]) for line in lines) for at in range(len(lines[0]) - 1)]
    left = WIDTH - sum(widths) - 2 * len(widths)
    aligned = []
    for line in lines:
        cells = [set_cell_size(cell, width) for cell, width in zip(line, widths, strict=False)]
        last = line[-1] if cell_len(line[-1]) <= left else set_cell_size(line[-1], left - 1).rstrip() + "…"
        aligned.append("  ".join([*cells, last]).rstrip())
    return aligned


def _both(here: Mapping[str, Any], there: Mapping[str, Any], lang: Lang) -> list[tuple[Text, str, str]]:
    circuit = CIRCUITS[here["circuit"]].say(lang)
    failed = f" ({there['asked_in_vain_for']} {moment(there['asked_in_vain_at'])})" if there["asked_in_vain_at"] else ""
    contact = f"{moment(here['last_contact_out']) or '-'} / {moment(here['last_contact_in']) or '-'}"
    return [
        (Text("何时所见", "as of"), "", moment(there["told_at"]) + failed),
        (Text("线路", "circuit"), circuit, ""),
        (Text("最近联系 (去/来)", "last contact (out/in)"), contact, moment(there["last_contact"])),
        (Text("待发", "queued"), _count(here["queued"]), _count(there["queued"])),
        (Text("最早的已等", "oldest waits"), _waits(here, lang), _waits(there, lang)),
        (Text("扣留 / 停放", "held / parked"), f"{here['held']} / {here['parked']}", ""),
        (Text("最近的错误", "last error"), _error(here, lang), there["last_error"]),
        (Text("退避至", "backs off until"), moment(here["backing_off_until"]), moment(there["backing_off_until"])),
        (Text("对方时钟减己方, 秒", "clock of the other, s"), _skew(here), _skew(there)),
        (Text("程序", "software"), "", there["software"]),
        (Text("交换格式", "exchange format"), "", f"1.{there['exchange_minor']}" if there["told_at"] else ""),
    ]


def _error(here: Mapping[str, Any], lang: Lang) -> str:
    error = here["last_error"]
    if not error:
        return ""
    place = PLACES.get(error["place"] or "", PLACES[Place.PEERING.value]).say(lang)
    return f"{error['reason']} [{place}] {moment(here['last_error_at'])} × {here['failures']}".rstrip()


def _tell_agreement(speaker: Speaker, agreement: Mapping[str, Any]) -> None:
    said = {
        True: Text("协议: 两地文件一致", "agreement: both files say the same"),
        False: Text(
            f"协议: 两地文件有 {agreement['differing_count']} 处不一致",
            f"agreement: both files differ in {agreement['differing_count']} terms",
        ),
        None: Text("协议: 还不知道是否一致", "agreement: not known yet whether both files say the same"),
    }
    speaker.say(said[agreement["alike"]])
    for one in agreement["differing"]:
        speaker.say(f"  {one['said'][speaker.lang.value]}")


def _tell_maintenance(speaker: Speaker, told: Mapping[str, Any]) -> None:
    why = told["reason"][speaker.lang.value] if told["reason"] else ""
    since, until = moment(told["from"]), moment(told["until"])
    speaker.say(Text(f"对方维护 {since} 至 {until}: {why}", f"its maintenance {since} to {until}: {why}"))


def _status(one: Mapping[str, Any], lang: Lang) -> str:
    return _STATUS[one["status"]].say(lang) if one["status"] in _STATUS else str(one["status"])


def _count(count: int) -> str:
    return f">{_MANY}" if count > _MANY else str(count)


def _waits(side: Mapping[str, Any], lang: Lang) -> str:
    seconds = side["oldest_waiting_seconds"]
    return "" if seconds is None else span(seconds, lang)


def _skew(side: Mapping[str, Any]) -> str:
    seconds = side["clock_skew_seconds"]
    return "" if seconds is None else f"{seconds:+}"


_SIDES: Mapping[str, Text] = {
    Place.OURS.value: Text("我方", "our side"),
    Place.PEERING.value: Text("两地之间", "between both"),
    Place.THEIRS.value: Text("对方", "their side"),
    Place.LOCAL.value: Text("本地系统", "local systems"),
}
_SECONDS, _MINUTES = Text("秒", "s"), Text("分", "m")
_HOURS, _DAYS = Text("时", "h"), Text("天", "d")
_WELL = Text("正常", "well")
_ODD = {
    "held_back": Text("文件有误, 仍按这一版运行", "its file has errors, this version runs on"),
    "closed": Text("文件已删除, 只办在途的", "its file was removed: open cases only"),
}
_CONTACT = Text("联系人", "call")
_HEADS = (
    Text("灯", "light"),
    Text("代码", "code"),
    Text("简称", "name"),
    Text("联系去/来", "seen out/in"),
    Text("待发我/对", "queue us/them"),
    Text("最早", "oldest"),
    Text("协议", "agreed"),
    Text("证书", "days"),
    Text("文件", "file"),
    Text("说明", "why"),
)
_FILE_HEADS = (
    Text("代码", "code"),
    Text("简称", "name"),
    Text("状态", "status"),
    Text("协议", "agreements"),
    Text("文件", "file"),
)
_VIEW_HEADS = (Text("", ""), Text("我方所见", "as we see it"), Text("对方所见", "as they see it"))
