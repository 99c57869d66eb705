"""`tongban partners list` and `show`: how things stand with partners, from both sides, the worst first.

Works without a running gateway too, from the files alone; the light, both views and the queues need it to run.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.cli.asking import ask
from gateway.cli.masked import printable
from gateway.cli.options import home_option, json_option, lang_option, settings_of, speaking
from gateway.cli.partner_page import tell_list, tell_partner
from gateway.cli.partners_check import checked_folder
from gateway.cli.speech import Refused, Speaker

LIGHTS = ("red", "yellow", "green")


@click.command("list")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(LIGHTS),
    help="只列这种灯的, 可写多次 / those with this light; repeatable.",
)
@home_option
@json_option
@lang_option
@speaking
def show_all(speaker: Speaker, only: Sequence[str], home: Path) -> None:
    """列出伙伴和两边所见的往来情况, 最差的在前 / partners and how things stand from both sides, the worst first.

    网关没有运行时, 只列文件里写的 / from the files alone while the gateway does not run.
    """
    settings = settings_of(home, speaker)
    checked = checked_folder(settings.partners, settings.region)
    files = {
        partner.code: {
            "code": partner.code,
            "name": partner.name,
            "short_name": partner.short_name,
            "status": partner.status.value,
            "delivery": partner.delivery.value,
            "endpoints": [endpoint.address for endpoint in partner.endpoints],
            "agreements": [agreement.number for agreement in partner.agreements],
            "file": partner.file,
        }
        for partner in checked.partners
    }
    running = _running(speaker, home)
    rows = list(_joined(files, running, only))
    held_back = len(checked.files) - len(files)
    if speaker.as_json:
        speaker.document(rows)
    else:
        tell_list(speaker, printable(rows), live=running is not None)
        if running is None:
            speaker.note(_NOT_RUNNING)
    if held_back:
        speaker.note(_HELD_BACK.format(count=held_back))


@click.command("show")
@click.argument("code")
@click.option("--ask", "ask_now", is_flag=True, help="现在就问一次对方 / ask the partner now.")
@home_option
@json_option
@lang_option
@speaking
def show(speaker: Speaker, *, code: str, ask_now: bool, home: Path) -> None:
    """一个伙伴: 两边所见, 哪些条款不一致, 证书, 联系人 (需网关在运行) / one partner from both sides."""
    if ask_now:
        seen = ask(speaker, home, lambda control: control.post(f"/v1/partners/{code}/ask", b"{}", idempotency_key=code))
    else:
        seen = ask(speaker, home, lambda control: control.get(f"/v1/partners/{code}"))
    if speaker.as_json:
        speaker.document(seen)
    else:
        tell_partner(speaker, printable(seen))


def _running(speaker: Speaker, home: Path) -> Mapping[str, Any] | None:
    """Return what the running gateway says of partners and of their files; None while it does not run."""
    try:
        seen = ask(speaker, home, lambda control: control.get("/v1/partners"))
    except GatewayError as error:
        if error.reason is not Reason.CONSOLE_OFF:
            raise
        return None
    versions: dict[str, Any] = {}
    try:
        files = ask(speaker, home, lambda control: control.get("/v1/partner-files"))
        versions = {one["code"]: one for one in files["partners"]}
    except (Refused, KeyError):
        # A gateway that runs an older program has no versions to tell.
        versions = {}
    return {"partners": {one["partner"]: one for one in seen["partners"]}, "files": versions}


def _joined(
    files: Mapping[str, Mapping[str, Any]], running: Mapping[str, Any] | None, only: Sequence[str]
) -> Iterable[dict[str, Any]]:
    """Yield a row for each partner: those that run in their order, then those that are only on file."""
    standing: Mapping[str, Any] = running["partners"] if running else {}
    versions: Mapping[str, Any] = running["files"] if running else {}
    for code in [*standing, *(code for code in files if code not in standing)]:
        one = standing.get(code)
        if only and (one is None or one["light"] not in only):
            continue
        file = files.get(code) or _of_running(code, one)
        yield {**file, "version": versions.get(code), "standing": one}


def _of_running(code: str, one: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the row of a partner whose file was removed, or may not go live, while its last good version runs."""
    said = one or {}
    return {
        "code": code,
        "name": said.get("name", ""),
        "short_name": said.get("name", ""),
        "status": said.get("status", ""),
        "delivery": said.get("delivery", ""),
        "endpoints": [],
        "agreements": [],
        "file": said.get("file", ""),
    }


_NOT_RUNNING = Text(
    "网关没有运行, 只列出文件内容; 运行后可看到两边所见的往来情况",
    "the gateway does not run: this is what the files say; how things stand is told while it runs",
)
_HELD_BACK = Text(
    "另有 {count} 个文件有问题; 运行 tongban partners check",
    "{count} more files have errors; run tongban partners check",
)
