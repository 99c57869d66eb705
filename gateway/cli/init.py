"""`tongban init`: the folder of a new gateway."""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from gateway.case.texts import Text
from gateway.cli.homes import Home, Plan, make_home
from gateway.cli.interview import ask_endpoint, ask_region, ask_start
from gateway.cli.options import json_option, lang_option
from gateway.cli.speech import Speaker, shown_path
from gateway.files.misfits import Misfit
from gateway.settings import Address, load_divisions
from gateway.settings.addresses import parse_address, parse_dialled
from gateway.trust.suites import suite_named


class AddressType(click.ParamType[Address]):
    """`host:port` on the command line."""

    name = "host:port"

    def __init__(self, *, dialled: bool = False) -> None:
        self._dialled = dialled

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Address:
        """Return the address, or say what is wrong with it."""
        try:
            return parse_dialled(value) if self._dialled else parse_address(value)
        except Misfit as misfit:
            speaker = ctx.find_object(Speaker) if ctx else None
            lang = (speaker or Speaker()).lang
            self.fail(f"{misfit.problem.say(lang)}; {misfit.fix.say(lang)}", param, ctx)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--region", default="", help="本地区六位区划代码, 不写则询问 / six-digit division code; asked for.")
@click.option("--name", default="", help="全称, 默认取自区划表 / full name.")
@click.option("--short-name", default="", help="简称, 最多 20 字 / short name.")
@click.option(
    "--peering",
    type=AddressType(),
    default="0.0.0.0:8443",
    show_default=True,
    help="面向其他地区 / peering listens here.",
)
@click.option(
    "--local", type=AddressType(), default="127.0.0.1:8080", show_default=True, help="面向本地系统 / local door."
)
@click.option(
    "--endpoint",
    "endpoints",
    type=AddressType(dialled=True),
    multiple=True,
    help="其他地区连接本网关用的地址, 可写多次 / where partners dial; repeatable.",
)
@click.option(
    "--suite", type=click.Choice(["ES256", "EdDSA"]), default="ES256", show_default=True, help="签名算法 / suite."
)
@click.option("--start", is_flag=True, help="建好后启动 / start it once it is made.")
@click.option("--yes", is_flag=True, help="不再询问 / do not ask.")
@json_option
@lang_option
@click.pass_context
def init(
    context: click.Context,
    /,
    *,
    folder: Path,
    region: str,
    endpoints: tuple[Address, ...],
    suite: str,
    start: bool,
    yes: bool,
    **planned: Any,
) -> None:
    """新建一个网关文件夹: 设置、密钥、证书、示例系统 / make the folder of a new gateway.

    不写 --region 时逐项询问, 建好后可直接启动. 绝不覆盖已有内容 / asks when told no region; never overwrites.
    """
    speaker = context.ensure_object(Speaker)
    divisions = load_divisions()
    interviewed = not region
    if interviewed:
        if yes or speaker.as_json:
            raise click.UsageError(_NO_REGION.say(speaker.lang))
        region = ask_region(speaker, divisions)
        endpoints = endpoints or ask_endpoint(speaker)
    listening = planned["peering"]
    reachable = endpoints or (() if listening.is_wildcard or not listening.port else (listening,))
    plan = Plan(region=region, endpoints=reachable, suite=suite_named(suite), **planned)
    if not yes and not speaker.as_json:
        about = _ASK.format(folder=folder, region=region, place=divisions.named(region))
        click.confirm(about.say(speaker.lang), abort=True, err=True)
    home = make_home(folder, plan, now=datetime.now(UTC), divisions=divisions, secret=secrets.token_bytes)
    if speaker.as_json:
        speaker.document(
            {
                "ok": True,
                "folder": str(home.folder),
                "settings": str(home.settings_file),
                "system": home.system.name,
                "api_key": home.system.api_key,
                "authority_sha256": home.authority_fingerprint,
            }
        )
    else:
        _next_steps(speaker, home, reachable)
    if start or (interviewed and ask_start(speaker)):
        from gateway.cli.serve import serve

        context.invoke(serve, home=folder, ahead=timedelta())


def _next_steps(speaker: Speaker, home: Home, endpoints: tuple[Address, ...]) -> None:
    shown = shown_path(home.folder)
    speaker.say(_MADE.format(folder=shown, fingerprint=home.authority_fingerprint))
    speaker.say(_KEY.format(system=home.system.name, key=home.system.api_key))
    if not endpoints:
        speaker.say(_NO_ENDPOINT.format(folder=shown))
    speaker.say(_NEXT.format(folder=shown))


_NO_REGION = Text("--yes 和 --json 时要写 --region", "with --yes and --json, --region is needed")
_ASK = Text("在 {folder} 新建 {region} {place} 的网关?", "make the gateway of {region} {place} in {folder}?")
_MADE = Text(
    "已建好 {folder}\n证书机构 SHA-256 (电话核对用): {fingerprint}",
    "made {folder}\nSHA-256 of the authority, to compare by telephone: {fingerprint}",
)
_KEY = Text(
    "系统 {system} 的密钥, 只显示这一次: {key}",
    "key of system {system}, shown this once: {key}",
)
_NO_ENDPOINT = Text(
    "还没有对外地址: 请在 {folder}/gateway.yaml 写 peering.endpoints",
    "no endpoint yet: write peering.endpoints in {folder}/gateway.yaml",
)
_NEXT = Text(
    "下一步:\n"
    "  tongban partners entry --home {folder}   把输出交给伙伴地区, 写入对方的伙伴文件\n"
    "  tongban check --home {folder}            放入伙伴文件后检查\n"
    "  tongban serve --home {folder}            启动",
    "next:\n"
    "  tongban partners entry --home {folder}   give this to partners for their partner files\n"
    "  tongban check --home {folder}            once partner files are in place\n"
    "  tongban serve --home {folder}            start",
)
