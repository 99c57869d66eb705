"""`tongban check`: everything that would stop a start, at once."""

from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.case.texts import Text
from gateway.cli.options import ended, home_option, json_option, lang_option, read_settings, speaking
from gateway.cli.speech import Speaker


@click.command()
@home_option
@json_option
@lang_option
@speaking
def check(speaker: Speaker, home: Path) -> None:
    """找出会妨碍启动的一切问题 / find everything that would stop a start.

    设置、密钥、证书、伙伴文件、系统文件、工作日历、端口、磁盘. 网关运行时也可以用.
    """
    settings, findings = read_settings(home)
    if settings:
        from gateway.cli.readiness import examine
        from gateway.settings import load_divisions

        found = examine(settings, divisions=load_divisions(), now=datetime.now(UTC))
        findings = (*findings, *found)
    if findings or speaker.as_json:
        ended(speaker.findings(findings))
    else:
        speaker.say(Text("没有发现问题, 可以启动", "nothing is wrong; the gateway can start"))
