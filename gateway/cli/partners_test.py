"""`tongban partners test`: the connection to a partner, step by step, from its file to a sealed receipt."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.case.texts import Text
from gateway.cli.connection_page import ending_of, tell_trial, trial_document
from gateway.cli.options import ended, home_option, json_option, lang_option, settings_of, speaking
from gateway.cli.speech import Speaker
from gateway.files.quantities import CHINA
from gateway.settings import Settings, load_divisions

if TYPE_CHECKING:
    from gateway.flows.onboarding.steps import Trial


@click.command("test")
@click.argument("code")
@home_option
@json_option
@lang_option
@speaking
def test(speaker: Speaker, code: str, home: Path) -> None:
    """测试与一个伙伴的连接, 12 步 / test the connection to a partner, twelve steps.

    CODE 为六位代码或简称. 用网关文件夹里的证书和密钥, 网关不必在运行; 正在运行时也可以. 最后一步发一个早已过期的
    信封, 对方应当拒收: 双方的签名都试到, 不产生办件. 退出码: 0 没有不通过的步骤; 1 有.
    """
    trial = asyncio.run(_try(settings_of(home, speaker), code))
    if speaker.as_json:
        speaker.document(trial_document(trial))
    else:
        tell_trial(speaker, trial)
    ended(ending_of(trial))


async def _try(settings: Settings, code: str) -> "Trial":
    from gateway.app.onboarding import connection_test
    from gateway.app.world import real_world
    from gateway.flows.onboarding.steps import not_on_file
    from gateway.partners.check import check_folder

    world = real_world()
    today = world.clock().astimezone(CHINA).date()
    checked = check_folder(settings.partners, load_divisions(), settings.region, today)
    partner = next((one for one in checked.partners if code in (one.code, one.short_name, one.name)), None)
    if partner is None:
        wrong = [one for one in checked.findings if one.is_error and f"/{code}-" in one.file]
        if wrong:
            return not_on_file(
                code, _WRONG.format(count=len(wrong), file=wrong[0].file, first=wrong[0].problem), _CHECK
            )
        return not_on_file(code, _MISSING.format(code=code), _ADD)
    async with connection_test(settings, world) as try_connection:
        return await try_connection(partner)


_WRONG = Text("{file} 有 {count} 处要改: {first}", "{file} has {count} problems: {first}")
_CHECK = Text("运行 tongban partners check", "run tongban partners check")
_MISSING = Text("没有 {code} 的伙伴文件", "there is no partner file for {code}")
_ADD = Text(
    "请对方运行 tongban partners invite, 本方用 tongban partners add 读入",
    "have them run tongban partners invite, and read the file with tongban partners add",
)
