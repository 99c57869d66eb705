"""`tongban cases`: cases, by way of the running gateway."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.case.code.numbers import check_case_number, grouped, read_case_number
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.cli.case_clocks import PRESSING_HEADS, pressing_cells
from gateway.cli.case_page import PARTY_TEXTS, short_name, tell_case, tell_submitted
from gateway.cli.joint_page import tell_joint_case, tell_joint_cases, tell_progress
from gateway.cli.masked import masked, printable
from gateway.cli.moments import moment
from gateway.cli.options import home_option, json_option, lang_option, settings_of, speaking
from gateway.cli.speech import Refused, Speaker
from gateway.settings import Settings, load_divisions

if TYPE_CHECKING:
    from gateway.cli.control import Control

MOST_CASE_BYTES = 4 * 1024 * 1024
_system = click.option("--system", default="", help="以哪个本地系统的名义, 默认运维 / on behalf of this local system.")
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False, readable=True)


@click.group()
@lang_option
def cases() -> None:
    """办件 (需网关在运行) / cases, by way of the running gateway."""


@cases.command("list")
@click.option("--state", help="只要这种状态 / this state only.")
@click.option("--partner", help="只要与这个地区的 / this partner only.")
@click.option("--second-notices", is_flag=True, help="只要受理前再次告知补正的 / with a second supplement notice only.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True, help="最多几件 / at most so many.")
@_system
@home_option
@json_option
@lang_option
@speaking
def show_all(
    speaker: Speaker,
    *,
    state: str | None,
    partner: str | None,
    second_notices: bool,
    limit: int,
    system: str,
    home: Path,
) -> None:
    """列出办件, 新的在前; 姓名已脱敏 / list cases, newest first, names masked."""
    query: dict[str, str | int] = {"limit": limit}
    second = "true" if second_notices else ""
    query |= {
        name: value for name, value in (("state", state), ("partner", partner), ("second_notices", second)) if value
    }
    narrowed = bool(query.keys() - {"limit"})

    async def both(control: "Control") -> Any:
        answer = await control.get("/v1/cases", query)
        wholes = {} if narrowed else await control.get("/v1/joint-cases", {"limit": limit})
        return {**answer, "joint_cases": wholes.get("joint_cases", [])}

    answer = _ask(speaker, home, both, system=system)
    if speaker.as_json:
        speaker.document(answer)
        return
    _tell_list(speaker, answer)
    tell_joint_cases(speaker, answer)
    if answer["next_cursor"]:
        speaker.note(_MORE)


@cases.command("due")
@click.option("--within", default="3d", show_default=True, help="多久以内到期, 如 3d、12h / running out within.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True, help="最多几件 / at most so many.")
@_system
@home_option
@json_option
@lang_option
@speaking
def due(speaker: Speaker, *, within: str, limit: int, system: str, home: Path) -> None:
    """超期预警: 已超期和即将到期的在办件, 最急的在前 / overdue and soon due cases, the most pressing first."""
    query: dict[str, str | int] = {"limit": limit, "due_within": within}
    answer = _ask(speaker, home, lambda control: control.get("/v1/cases", query), system=system)
    if speaker.as_json:
        speaker.document(answer)
    else:
        _tell_list(speaker, answer)


def _tell_list(speaker: Speaker, answer: Any) -> None:
    divisions = load_divisions()
    rows = [
        [
            grouped(case["case_id"]),
            case["state_name"][speaker.lang.value],
            *pressing_cells(case, speaker.lang),
            case["item"]["name"],
            case["applicant"],
            PARTY_TEXTS[case["party"]].say(speaker.lang),
            short_name(case["partner"], divisions),
            case["system"] or "-",
            moment(case["opened_at"]),
        ]
        for case in printable(answer)["cases"]
    ]
    speaker.table(_HEADS, rows, empty=Text("没有办件", "no cases"))


@cases.command("show")
@click.argument("case_id")
@_system
@home_option
@json_option
@lang_option
@speaking
def show(speaker: Speaker, *, case_id: str, system: str, home: Path) -> None:
    """显示一件办件; 个人信息已脱敏 / show one case, personal data masked.

    CASE_ID 是协同编号, 空格可有可无 / the co-operation number, with or without spaces.
    """
    number = _number(case_id)

    async def either(control: "Control") -> Any:
        try:
            return await control.get(f"/v1/cases/{number}")
        except Refused as refused:
            if refused.problem.get("reason") != Reason.CASE_UNKNOWN.value:
                raise
            return await control.get(f"/v1/joint-cases/{number}")

    seen = masked(_ask(speaker, home, either, system=system))
    if speaker.as_json:
        speaker.document(seen)
    elif "children" in seen:
        tell_joint_case(speaker, seen, load_divisions())
    else:
        tell_case(speaker, seen, load_divisions())


@cases.command("progress")
@click.argument("number")
@home_option
@json_option
@lang_option
@speaking
def progress(speaker: Speaker, *, number: str, home: Path) -> None:
    """查询进度, 可以在电话里告诉申请人 / where a case stands, as it may be told on the telephone.

    NUMBER 是办件或联办件的协同编号 / the co-operation number of a case or joint case.
    """
    query: dict[str, str | int] = {"number": _number(number)}
    seen = _ask(speaker, home, lambda control: control.get("/v1/progress", query))
    if speaker.as_json:
        speaker.document(seen)
    else:
        tell_progress(speaker, seen)


@cases.command("submit")
@click.argument("file", type=_FILE)
@click.option("--system", default="", help="以哪个本地系统的名义, 只有一个时可省 / on behalf of this local system.")
@click.option(
    "--material", "materials", type=_FILE, multiple=True, help="先上传的文件, 可写多次 / upload first; repeatable."
)
@home_option
@json_option
@lang_option
@speaking
def submit(speaker: Speaker, *, file: Path, system: str, materials: tuple[Path, ...], home: Path) -> None:
    """递交一件办件 (规范 JSON) / submit a case in canonical JSON.

    同一个文件递交两次, 第二次得到第一次的回答 / the same file again gets the first answer.
    """
    body = _read(file)
    _named_in(body, file, materials)

    async def hand_over(control: "Control") -> Any:
        for material in materials:
            digest = await control.upload(material)
            if not speaker.as_json:
                speaker.note(Text(f"已上传 {material.name} {digest}", f"uploaded {material.name} {digest}"))
        return await control.post("/v1/cases", body, idempotency_key=hashlib.sha256(body).hexdigest())

    answer = _ask(speaker, home, hand_over, system=system or _only_one(settings_of(home, speaker)))
    if speaker.as_json:
        speaker.document(answer)
    else:
        tell_submitted(speaker, answer, load_divisions())


def _ask(speaker: Speaker, home: Path, question: "Callable[[Control], Awaitable[Any]]", *, system: str = "") -> Any:
    settings = settings_of(home, speaker)
    if system and system not in _names(settings):
        raise GatewayError(Reason.SYSTEM_UNKNOWN, system=system)

    async def conversation() -> Any:
        from gateway.cli.control import speak_to

        async with speak_to(settings.control_socket, speaker.lang, system=system) as control:
            return await question(control)

    return asyncio.run(conversation())


def _names(settings: Settings) -> list[str]:
    """Return the local systems that may call, in order."""
    from gateway.local.systems_check import check_systems

    checked = check_systems(settings.systems, load_divisions())
    return [system.name for system in checked.systems if system.can_call]


def _only_one(settings: Settings) -> str:
    names = _names(settings)
    if len(names) == 1:
        return names[0]
    listed = ", ".join(names) or "-"
    raise click.UsageError(f"--system: 写明以哪个系统的名义 / name the system on whose behalf: {listed}")


def _number(typed: str) -> str:
    """Return the stored form of a co-operation number as a person typed it."""
    number = read_case_number(typed)
    wrong = [FieldFinding("CASE_ID", problem.text, _AS_PRINTED) for problem in check_case_number(number)]
    if wrong:
        raise GatewayError(Reason.BAD_REQUEST, findings=wrong, count=len(wrong))
    return number


def _read(file: Path) -> bytes:
    with file.open("rb") as stream:
        body = stream.read(MOST_CASE_BYTES + 1)
    if len(body) > MOST_CASE_BYTES:
        raise GatewayError(Reason.REQUEST_TOO_LARGE, limit=MOST_CASE_BYTES)
    return body


def _named_in(body: bytes, file: Path, materials: tuple[Path, ...]) -> None:
    """Refuse materials the case does not name: they would be uploaded for nothing."""
    from gateway.cli.control import digest_of

    strange = [
        FieldFinding(
            str(material),
            Text(f"{file.name} 里没有这个文件的 SHA-256", f"{file.name} does not hold the SHA-256 of this file"),
            Text(f"在 materials 的 file.sha256 写 {digest}", f"write {digest} as file.sha256 among the materials"),
        )
        for material in materials
        if (digest := digest_of(material)).encode() not in body
    ]
    if strange:
        raise GatewayError(Reason.BAD_REQUEST, findings=strange, count=len(strange))


_AS_PRINTED = Text("照回执上的协同编号重新输入", "type the number again as the receipt shows it")
_MORE = Text(
    "还有更早的办件: 加大 --limit, 或用 --state、--partner 缩小范围",
    "there are older cases: raise --limit, or narrow down with --state or --partner",
)
_HEADS = (
    Text("协同编号", "case"),
    Text("状态", "state"),
    *PRESSING_HEADS,
    Text("事项", "item"),
    Text("申请人", "applicant"),
    Text("本方角色", "our part"),
    Text("对方", "partner"),
    Text("系统", "system"),
    Text("收件时间", "opened"),
)
