"""`tongban console`: the first link into the console, by way of the running gateway."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.case.texts import Text
from gateway.cli.asking import ask
from gateway.cli.options import home_option, json_option, lang_option, speaking
from gateway.cli.speech import Speaker

if TYPE_CHECKING:
    from gateway.cli.control import Control


@click.group()
@lang_option
def console() -> None:
    """控制台 / the console."""


@console.command()
@click.option("--login", default="", help="给这个登录名重设密码 / a new password for this login.")
@click.option("--sign-in", is_flag=True, help="直接登录, 不改密码 / signs that login in; the password stays.")
@home_option
@json_option
@lang_option
@speaking
def link(speaker: Speaker, home: Path, *, login: str, sign_in: bool) -> None:
    """打印一次性链接: 建立第一个账号, 重设密码, 或登录 / print a link that is good once, within 24 hours."""

    async def make(control: "Control") -> Any:
        return await control.post("/v1/console/link", json.dumps({"login": login, "sign_in": sign_in}).encode())

    made = ask(speaker, home, make)
    if speaker.as_json:
        speaker.document({"ok": True} | made)
        return
    speaker.say(made["link"])
    speaker.note(_SAID[made["purpose"]])


_SAID = {
    "first": Text(
        "用它建立安全管理员; 24 小时内有效, 只能用一次", "it makes the security officer; good once, within 24 hours"
    ),
    "password": Text("用它设置新密码; 24 小时内有效, 只能用一次", "it sets a new password; good once, within 24 hours"),
    "sign_in": Text(
        "用它登录, 不改密码; 24 小时内有效, 只能用一次",
        "it signs the person in and leaves the password; good once, within 24 hours",
    ),
}
