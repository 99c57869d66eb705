"""`tongban schema`: JSON Schema of the files people edit, for editors."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from gateway.case.texts import Text
from gateway.cli.options import lang_option, speaking
from gateway.cli.speech import Speaker, shown_path
from gateway.files.editor_schema import editor_schema
from gateway.local.system_file import SystemFile
from gateway.partners.schema import PartnerFile
from gateway.settings.calendar_file import CalendarFile
from gateway.settings.schema import GatewayFile

FILES: Mapping[str, tuple[str, type[Any], str]] = {
    "partner": ("伙伴文件 · partner file", PartnerFile, "partners/*.yaml"),
    "gateway": ("网关设置 · gateway.yaml", GatewayFile, "gateway.yaml"),
    "system": ("本地系统文件 · file of a local system", SystemFile, "systems/*.yaml"),
    "calendar": ("日历文件 · calendar file", CalendarFile, "calendars/*.yaml"),
}
"""Name → (title, shape, which files)."""
FOLDER = "schemas"


def schema_text(name: str) -> str:
    """Return the JSON Schema of a kind of file, as it is written to a file."""
    title, shape, _ = FILES[name]
    return json.dumps(editor_schema(name, title, shape), ensure_ascii=False, indent=2) + "\n"


@click.command("schema")
@click.argument("name", type=click.Choice(list(FILES)), required=False)
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    help="把全部 schema 写入这个文件夹 / write all of them into this folder.",
)
@lang_option
@speaking
def schema(speaker: Speaker, name: str | None, into: Path | None) -> None:
    """输出 JSON Schema, 供编辑器补全和检查 / print the JSON Schema of a kind of file, for editors.

    不写 NAME 时列出 VS Code 的设置 / without NAME, the settings for VS Code.
    """
    if into is not None:
        into.mkdir(parents=True, exist_ok=True)
        for each in FILES:
            (into / file_name(each)).write_text(schema_text(each), encoding="utf-8")
        speaker.note(_WRITTEN.format(count=len(FILES), folder=shown_path(into.absolute())))
    if name:
        speaker.say(schema_text(name).rstrip("\n"))
    elif into is None:
        speaker.note(_HOW)
        speaker.say(json.dumps(editor_settings(), ensure_ascii=False, indent=2))


def file_name(name: str) -> str:
    """Return the name of the file of a schema."""
    return f"{name}.schema.json"


def editor_settings(folder: str = FOLDER) -> dict[str, Any]:
    """Return what VS Code with the extension `redhat.vscode-yaml` needs to know, schemas lying in `folder`."""
    return {"yaml.schemas": {f"./{folder}/{file_name(name)}": pattern for name, (_, _, pattern) in FILES.items()}}


_WRITTEN = Text("已写入 {count} 个文件: {folder}", "{count} files written to {folder}")
_HOW = Text(
    f"先运行 tongban schema --into {FOLDER}, 再把下面的内容放进 .vscode/settings.json (需要扩展 redhat.vscode-yaml):",
    f"run tongban schema --into {FOLDER}, then put this into .vscode/settings.json (needs the extension redhat.vscode-yaml):",
)
