"""`tongban partners`: what the partner files say, what is wrong with them, and our own part of theirs."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from gateway.case.texts import Text
from gateway.cli.options import ended, home_option, json_option, lang_option, settings_of, speaking
from gateway.cli.speech import Speaker
from gateway.files.quantities import CHINA
from gateway.partners.check import Checked, check_folder
from gateway.settings import SETTINGS_NAME, load_divisions, load_settings

EXAMPLE_NAME = "gateway.example.yaml"


@click.group()
@lang_option
def partners() -> None:
    """伙伴文件 / partner files."""


@partners.command("list")
@home_option
@json_option
@lang_option
@speaking
def show(speaker: Speaker, home: Path) -> None:
    """列出伙伴 / list the partners whose files may go live."""
    settings = settings_of(home, speaker)
    checked = _checked(settings.partners, settings.region)
    rows = [
        {
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
    ]
    held_back = len(checked.files) - len(rows)
    if speaker.as_json:
        speaker.document(rows)
    else:
        columns = ("code", "short_name", "status", "delivery")
        cells = [[str(row[name]) for name in columns] + [str(len(row["agreements"])), str(row["file"])] for row in rows]
        speaker.table(_HEADS, cells, empty=Text("没有伙伴", "no partners"))
    if held_back:
        speaker.note(_HELD_BACK.format(count=held_back))


@partners.command("check")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--region", help="本地区代码, 默认取自设置文件 / our division code.")
@home_option
@json_option
@lang_option
@speaking
def check(speaker: Speaker, folder: Path | None, region: str | None, home: Path) -> None:
    """检查伙伴文件, 一次报告全部问题 / check partner files, everything at once.

    FOLDER 默认为设置中的伙伴文件夹. 单独检查一个文件夹时, 本地区代码取自它旁边的 gateway.yaml 或
    gateway.example.yaml, 也可用 --region 给出.
    """
    if folder is None:
        settings = settings_of(home, speaker)
        folder, region = settings.partners, region or settings.region
    checked = _checked(folder, region or _region_beside(folder, home))
    code = speaker.findings(checked.findings, files=len(checked.files))
    if not speaker.as_json:
        counted = Counter(partner.status.value for partner in checked.partners)
        if counted:
            speaker.say(", ".join(f"{status} {count}" for status, count in sorted(counted.items())))
    ended(code)


@partners.command("entry")
@home_option
@lang_option
@speaking
def entry(speaker: Speaker, home: Path) -> None:
    """输出对方伙伴文件中描述本网关的部分 / print what partners write about this gateway.

    只含公开内容. 协议 (agreements) 由两地共同商定后写入.
    """
    from gateway.cli.entries import entry as described
    from gateway.cli.entries import entry_text
    from gateway.cli.keys import known_to_partners
    from gateway.trust.keys import load_keys

    settings = settings_of(home, speaker)
    own = load_keys(settings.keys)
    content = described(settings, known_to_partners(own, datetime.now(UTC)))
    speaker.say(_ENTRY.format(code=settings.region, name=settings.short_name))
    speaker.say(_ROOT.format(sha256=_fingerprint(content["tls"]["roots"][0])))
    speaker.say(entry_text(content).rstrip("\n"))


def _fingerprint(pem: str) -> str:
    """Return the SHA-256 of a certificate as it is read out over the telephone and as openssl prints it."""
    digest = x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA256()).hex().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def _checked(folder: Path, region: str) -> Checked:
    return check_folder(folder, load_divisions(), region, datetime.now(UTC).astimezone(CHINA).date())


def _region_beside(folder: Path, home: Path) -> str:
    """Return our region for a folder checked alone: of the settings nearest to it."""
    beside = folder.absolute().parent
    for file in (beside / SETTINGS_NAME, home / SETTINGS_NAME, beside / EXAMPLE_NAME):
        if file.is_file():
            settings, _ = load_settings(file)
            if settings:
                return settings.region
    raise click.UsageError("--region: 不知道本地区代码, 旁边没有可用的 gateway.yaml / no usable gateway.yaml beside it")


_HEADS = (
    Text("代码", "code"),
    Text("简称", "name"),
    Text("状态", "status"),
    Text("送达", "delivery"),
    Text("协议", "agreements"),
    Text("文件", "file"),
)
_HELD_BACK = Text(
    "另有 {count} 个文件有问题, 没有列出; 运行 tongban partners check",
    "{count} more files have errors and are not listed; run tongban partners check",
)
_ENTRY = Text(
    "# 存为 {code}-{name}.yaml, 电话核对证书机构指纹和每个 kid, 再写入 agreements (照 _example.yaml)",
    "# save as {code}-{name}.yaml, compare the authority's fingerprint and each kid by telephone, then add agreements",
)
_ROOT = Text("# 证书机构 SHA-256: {sha256}", "# certificate authority SHA-256: {sha256}")
