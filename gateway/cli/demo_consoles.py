"""The consoles of the demo: one for each region, an account for each role, and cases that wait for somebody.

The accounts are made as a security officer makes them, page by page; nobody learns a password, for each person enters by a
link that is good once.
"""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aiohttp

from gateway.case.staff import ROLE_NAMES, Role
from gateway.case.texts import Lang
from gateway.cli.control import speak_to
from gateway.cli.demo_data import HALL, card_case, file_material, photograph
from gateway.cli.demo_stage import ENSHI, QIANJIANG, Stage, expect
from gateway.cli.federation import HERE, Site, free_ports

_TOKEN = re.compile(r'name="page_token" value="([0-9a-f]*)"')


@dataclass(frozen=True, slots=True)
class Entry:
    """How one person enters a console: login, name of the role, link that is good once."""

    login: str
    role: str
    link: str


PAPERS = """  notices:
    organ: {organ}
    reconsider: 示例市人民政府
    sue: 示例区人民法院
  progress_url: https://jindu.example/{code}?number={{number}}
"""
"""What notices need to have a number and a QR code; the address is one of those that are nobody's (RFC 2606)."""
ORGANS: Mapping[str, str] = {QIANJIANG: "黔江示例", ENSHI: "恩示例"}


def open_consoles(sites: Mapping[str, Site]) -> None:
    """Write into the settings of each region, not started yet, that it serves a console on loopback and numbers its notices."""
    for site, port in zip(sites.values(), free_ports(len(sites)), strict=True):
        with (site.folder / "gateway.yaml").open("a", encoding="utf-8") as file:
            file.write(f"\nconsole:\n  listen: {HERE}:{port}\n")
            file.write(PAPERS.format(organ=ORGANS.get(site.code, "示例"), code=site.code))


async def furnish_desks(stage: Stage) -> dict[str, Sequence[Entry]]:
    """Make the accounts of each region and two cases that nobody has touched; return how everybody enters, by region."""
    for ours, theirs, number in ((QIANJIANG, ENSHI, "QJ-2026-000101"), (ENSHI, QIANJIANG, "ES-2026-000101")):
        card, photo = [await stage.upload(ours, photograph(60, seed=seed)) for seed in (7, 8)]
        materials = [
            file_material("m1", "居民身份证", *card, "身份证.jpg"),
            file_material("m2", "一寸免冠照片", *photo, "照片.jpg"),
        ]
        await stage.submit(ours, card_case(ours, theirs, number, stage.now(), materials))
    return {code: await _accounts(site) for code, site in stage.sites.items()}


def told(sites: Mapping[str, Site], entries: Mapping[str, Sequence[Entry]]) -> list[str]:
    """Return what the demo prints of its consoles."""
    lines = ["", "控制台 (每个链接只能用一次, 24 小时内有效 / each link is good once):"]
    for code, people in entries.items():
        lines.append(f"  {sites[code].name} {code}")
        lines += [f"      {one.role} {one.login:<9} {one.link}" for one in people]
    home = next(iter(sites.values())).folder
    lines.append(
        f"  再要一个链接 / another link: python -m gateway console link --login window --sign-in --home {home}"
    )
    lines.append(
        "  同一地区要同时用两个角色时, 其中一个开无痕窗口 / for two roles of one region at once, make one window a private one"
    )
    return lines


async def _accounts(site: Site) -> Sequence[Entry]:
    link = await _link(site, "", sign_in=False)
    console = link.split("/link/", 1)[0]
    person = {"organisation": HALL[site.code], "division": f"{site.code}000000"}
    password = f"A1-{secrets.token_urlsafe(24)}"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        officer = {"login": "security", "name": "示例安全员", "staff_number": "0001"} | person
        await _send(session, link, link, officer | {"password": password, "again": password})
        await _send(session, f"{console}/sign-in", f"{console}/sign-in", {"login": "security", "password": password})
        for at, role in enumerate((one for one in Role if one is not Role.SECURITY), start=2):
            account = {
                "login": role.value,
                "name": f"示例{ROLE_NAMES[role].zh}员",
                "staff_number": f"{at:04d}",
            } | person
            await _send(session, f"{console}/people/new", f"{console}/people/new", account | {"roles": role.value})
    return [Entry(role.value, ROLE_NAMES[role].zh, await _link(site, role.value, sign_in=True)) for role in Role]


async def _send(session: aiohttp.ClientSession, page: str, address: str, fields: Mapping[str, str]) -> None:
    """Open a page and send its form, as a browser does."""
    async with session.get(page) as answer:
        found = _TOKEN.search(await answer.text())
    async with session.post(address, data=dict(fields) | {"page_token": found[1] if found else ""}) as answer:
        expect(answer.status == 200, f"{page.split('/link/', maxsplit=1)[0]}: HTTP {answer.status}")


async def _link(site: Site, login: str, *, sign_in: bool) -> str:
    async with speak_to(site.control_socket, Lang.ZH) as control:
        wanted = json.dumps({"login": login, "sign_in": sign_in}).encode()
        return str((await control.post("/v1/console/link", wanted))["link"])
