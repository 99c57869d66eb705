"""`tongban health`: how the running gateway is, what is wrong with it, and what to do."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.case.texts import Text
from gateway.cli.asking import ask
from gateway.cli.moments import moment
from gateway.cli.options import home_option, json_option, lang_option, speaking
from gateway.cli.speech import ExitCode, Speaker

if TYPE_CHECKING:
    from gateway.cli.control import Control

NOT_READY = frozenset({503})


@click.command()
@click.option("--live", is_flag=True, help="只问进程是否还在应答 / only whether the process answers.")
@home_option
@json_option
@lang_option
@speaking
def health(speaker: Speaker, home: Path, *, live: bool) -> None:
    """运行中的网关是否正常, 哪里不正常, 怎么办 / how the running gateway is, what is wrong and what to do.

    能接件时退出码 0 (有提醒也是 0), 不能接件时 1, 没有运行时 3.
    """

    async def look(control: "Control") -> Any:
        return await control.get("/health/live" if live else "/health/ready", also=NOT_READY)

    told = ask(speaker, home, look)
    if speaker.as_json:
        speaker.document({"ok": told["status"] != "not_ready"} | told)
    else:
        _tell(speaker, told)
    if told["status"] == "not_ready":
        raise click.exceptions.Exit(ExitCode.REFUSED)


def _tell(speaker: Speaker, told: dict[str, Any]) -> None:
    speaker.say(_STATUS[told["status"]])
    for one in told.get("findings", ()):
        cause, fix = (Text(one[name]["zh"], one[name]["en"]).say(speaker.lang) for name in ("cause", "fix"))
        weight = _WEIGHT[one["weight"]].say(speaker.lang)
        speaker.say(_FINDING.format(weight=weight, cause=cause, fix=fix, name=one["name"], since=moment(one["since"])))


_STATUS = {
    "live": Text("进程在应答", "the process answers"),
    "ready": Text("正常", "all is well"),
    "degraded": Text("可以接件, 有事项需要处理", "it takes cases; something wants attention"),
    "not_ready": Text("不能接件", "it takes nothing"),
}
_WEIGHT = {
    "red": Text("[红]", "[red]"),
    "yellow": Text("[黄]", "[yellow]"),
    "note": Text("[提示]", "[note]"),
}
_FINDING = Text(
    "{weight} {cause} ({name}, {since} 起)\n    怎么办: {fix}",
    "{weight} {cause} ({name}, since {since})\n    what to do: {fix}",
)
