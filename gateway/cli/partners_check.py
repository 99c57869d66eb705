"""`tongban partners check`: everything wrong with the partner files, or with one of them, at once."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.case.texts import Text
from gateway.cli.options import ended, home_option, json_option, lang_option, settings_of, speaking
from gateway.cli.speech import ExitCode, Speaker
from gateway.files.findings import Finding
from gateway.files.quantities import CHINA
from gateway.partners.check import Checked, check_folder
from gateway.settings import SETTINGS_NAME, Settings, load_divisions, load_settings

EXAMPLE_NAME = "gateway.example.yaml"


@click.command("check")
@click.argument("path", metavar="[FOLDER|FILE]", type=click.Path(path_type=Path, exists=True), required=False)
@click.option("--region", help="本地区代码, 默认取自设置文件 / our division code.")
@click.option(
    "--against",
    type=click.Choice(["live"]),
    help="演练: 生效后会怎样, 并测试新地址的连接 (需网关在运行) / what going live would do to the running gateway.",
)
@click.option("--no-call", is_flag=True, help="演练时不测试连接 / do not test connections.")
@home_option
@json_option
@lang_option
@speaking
def check(
    speaker: Speaker, *, path: Path | None, region: str | None, against: str | None, no_call: bool, home: Path
) -> None:
    """检查伙伴文件, 一次报告全部问题 / check partner files, everything at once.

    默认检查设置中的伙伴文件夹; 给出 FILE 时连同同一文件夹的其他文件一起看, 只报告这一个的问题.
    单独检查一个文件夹时, 本地区代码取自它旁边的 gateway.yaml 或 gateway.example.yaml, 也可用 --region 给出.
    加 --against live 时, FILE 是将要放进去的一份, FOLDER 是将要换上的整个文件夹.
    """
    if against:
        # What speaks to a running gateway is not needed to check files, and costs a fifth of such a run.
        from gateway.cli.partners_rehearsal import rehearse

        rehearse(speaker, home, path, call=not no_call)
        return
    settings = settings_of(home, speaker) if path is None else None
    folder = settings.partners if settings else _folder_of(path or home)
    own = region or (settings.region if settings else region_beside(folder, home))
    checked = checked_folder(folder, own)
    findings = (*checked.findings, *_unlisted(checked, settings))
    files: tuple[str, ...] = checked.files
    if path is not None and not path.is_dir():
        name = f"{folder.name}/{path.name}"
        files = (name,)
        findings = tuple(one for one in findings if one.file == name) if name in checked.files else (_not_read(name),)
    code = speaker.findings(findings, files=len(files))
    if not speaker.as_json and code is not ExitCode.REFUSED:
        counted = Counter(loaded.partner.status.value for name, loaded in checked.good.items() if name in files)
        if counted:
            speaker.say(", ".join(f"{status} {count}" for status, count in sorted(counted.items())))
    ended(code)


def checked_folder(folder: Path, region: str) -> Checked:
    """Return what a folder of partner files holds today."""
    return check_folder(folder, load_divisions(), region, datetime.now(UTC).astimezone(CHINA).date())


def region_beside(folder: Path, home: Path) -> str:
    """Return our region for a folder checked alone: of the settings nearest to it."""
    beside = folder.absolute().parent
    for file in (beside / SETTINGS_NAME, home / SETTINGS_NAME, beside / EXAMPLE_NAME):
        if file.is_file():
            settings, _ = load_settings(file)
            if settings:
                return settings.region
    raise click.UsageError("--region: 不知道本地区代码, 旁边没有可用的 gateway.yaml / no usable gateway.yaml beside it")


def _folder_of(path: Path) -> Path:
    # A file named alone lies in the current folder, whose name findings show.
    return path if path.is_dir() else path.absolute().parent


def _unlisted(checked: Checked, settings: Settings | None) -> tuple[Finding, ...]:
    if settings is None:
        return ()
    # The store is not needed to check a folder alone, and costs a third of such a run.
    from gateway.cli.agreed_items import unlisted_items

    return unlisted_items(checked, settings, load_divisions(), datetime.now(UTC).astimezone(CHINA).date())


def _not_read(name: str) -> Finding:
    return Finding(
        name,
        0,
        "",
        Text("这个文件不会被读作伙伴文件", "this file is not read as a partner file"),
        Text(
            "文件名要写成 <六位代码>-<简称>.yaml, 不以 _ 或 . 开头",
            "name it <six-digit code>-<short name>.yaml, without _ or . in front",
        ),
    )
