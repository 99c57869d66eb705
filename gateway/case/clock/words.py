"""What clocks are called, and how much is left in the words staff use: 剩余 3 个工作日, 已超期 2 个工作日."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import Enum

from gateway.case.days import CHINA
from gateway.case.item.definition import TimeUnit
from gateway.case.kinds import Clock
from gateway.case.texts import Text

CLOCK_NAMES: dict[Clock, Text] = {
    Clock.PUSH: Text("推送", "hand-over to the handler"),
    Clock.SIGN_OFF: Text("签收", "sign-off"),
    Clock.NOTICE: Text("受理或一次告知", "acceptance or notice"),
    Clock.PROMISED: Text("承诺办结", "promised decision"),
    Clock.LEGAL: Text("法定办结", "legal decision"),
    Clock.SUPPLEMENT: Text("补正", "supplement"),
    Clock.SEND_RESULT: Text("寄出结果", "dispatch of the result"),
    Clock.DELIVERY: Text("送达", "delivery"),
}


class Light(Enum):
    """How a clock stands: 正常, 预警 (黄牌), 超期 (红牌)."""

    NORMAL = "normal"
    WARNING = "warning"
    OVERDUE = "overdue"


class ClockState(Enum):
    """Whether a clock runs, and how it ended."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    OVERRUN = "overrun"
    """It ran out; it may still run, or what was owed came late."""
    STOPPED = "stopped"
    """What it ran for is not owed any more."""


LIGHT_NAMES: dict[Light, Text] = {
    Light.NORMAL: Text("正常", "in time"),
    Light.WARNING: Text("预警", "soon due"),
    Light.OVERDUE: Text("超期", "overdue"),
}
STATE_NAMES: dict[ClockState, Text] = {
    ClockState.RUNNING: Text("计时中", "running"),
    ClockState.PAUSED: Text("暂停计时", "paused"),
    ClockState.MET: Text("按时完成", "met"),
    ClockState.OVERRUN: Text("超期", "overrun"),
    ClockState.STOPPED: Text("已终止", "stopped"),
}
DEEMED = Text("视为受理, 自收到之日起", "deemed accepted from the day of receipt")
ESTIMATE = Text("本方估算, 以业务属地为准", "our estimate; the handler's count decides")

_UNITS: dict[TimeUnit, tuple[str, str]] = {
    TimeUnit.WORKING_DAY: ("个工作日", "working day"),
    TimeUnit.CALENDAR_DAY: ("天", "day"),
    TimeUnit.HOUR: ("小时", "hour"),
}


def amount_text(amount: int, unit: TimeUnit) -> Text:
    """Return a span in words: 3 个工作日."""
    zh, en = _UNITS[unit]
    return Text(f"{amount} {zh}", f"{amount} {en}{'' if amount == 1 else 's'}")


def left_text(amount: int, unit: TimeUnit) -> Text:
    """Return how much is left of a running clock."""
    if amount <= 0:
        zh = "不足 1 小时" if unit is TimeUnit.HOUR else "今日到期"
        return Text(zh, "less than 1 hour left" if unit is TimeUnit.HOUR else "due today")
    said = amount_text(amount, unit)
    return Text(f"剩余 {said.zh}", f"{said.en} left")


def over_text(amount: int, unit: TimeUnit) -> Text:
    """Return by how much a clock has run over."""
    if amount <= 0:
        said = amount_text(1, unit)
        return Text(f"已超期, 不足 {said.zh}", f"overdue by less than {said.en}")
    said = amount_text(amount, unit)
    return Text(f"已超期 {said.zh}", f"overdue by {said.en}")


def paused_text(amount: int, unit: TimeUnit) -> Text:
    """Return how much is left of a clock that does not run now."""
    said = amount_text(amount, unit)
    return Text(f"暂停计时, 剩余 {said.zh}", f"paused, {said.en} left")


def waiting_text(since: datetime, now: datetime) -> Text:
    """Return for how long a case has waited for something that has no date."""
    days = amount_text((_day(now) - _day(since)).days, TimeUnit.CALENDAR_DAY)
    return Text(f"已等待 {days.zh}, 未定期限", f"waiting for {days.en}, no date was set")


def unpublished_text(years: Iterable[int]) -> Text:
    """Return what is said of years whose calendar is not published; empty for none."""
    listed = list(years)
    if not listed:
        return Text("", "")
    zh, en = "、".join(f"{year} 年" for year in listed), ", ".join(map(str, listed))
    return Text(
        f"{zh}日历未发布, 暂按周一至周五计算", f"calendar of {en} not published; Monday to Friday counted for now"
    )


def received_text(window: datetime, handler: datetime | None) -> Text:
    """Return both days of receipt: at the window and at the handler."""
    at = _day(window)
    there = _day(handler) if handler else None
    return Text(
        f"窗口收件 {at}, " + (f"送达业务属地 {there}" if there else "尚未送达业务属地"),
        f"received at the window {at}, " + (f"by the handler {there}" if there else "not by the handler yet"),
    )


def _day(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()
