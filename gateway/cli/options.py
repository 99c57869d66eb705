"""Options that several commands share."""

import os
from pathlib import Path

import click

from gateway.case.texts import Lang
from gateway.cli.speech import ExitCode, Speaker
from gateway.files.findings import Finding
from gateway.settings import SETTINGS_NAME, Settings, load_settings

HOME_VARIABLE = "TONGBAN_HOME"


def _choose(context: click.Context, _option: click.Parameter, value: str | None) -> None:
    if value:
        context.ensure_object(Speaker).lang = Lang(value)


def _as_json(context: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Speaker).as_json = True


lang_option = click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    expose_value=False,
    callback=_choose,
    help="语言 / language.",
)
json_option = click.option(
    "--json", is_flag=True, expose_value=False, callback=_as_json, help="输出 JSON / print JSON for scripts."
)
home_option = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=lambda: Path(os.environ.get(HOME_VARIABLE) or "."),
    help=f"网关文件夹, 默认 ${HOME_VARIABLE} 或当前文件夹 / folder with {SETTINGS_NAME}.",
)
speaking = click.make_pass_decorator(Speaker)


def settings_of(home: Path, speaker: Speaker) -> Settings:
    """Return the settings in the folder `home`; ends the command with every finding when they cannot be used.

    Warnings are left to `tongban check`.
    """
    settings, findings = read_settings(home)
    if settings is None:
        raise click.exceptions.Exit(speaker.findings(findings, files=1))
    return settings


def read_settings(home: Path) -> tuple[Settings | None, tuple[Finding, ...]]:
    """Return the settings in the folder `home` and what is wrong with them."""
    return load_settings(home / SETTINGS_NAME)


def ended(code: ExitCode) -> None:
    """End the command with `code`; does nothing when all is well."""
    if code is not ExitCode.OK:
        raise click.exceptions.Exit(code)
