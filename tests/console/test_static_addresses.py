"""Scripts and styles under addresses that change with their bytes: nobody works with yesterday's after an upgrade."""

import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.console.rendering import environment
from gateway.console.static_files import DIGITS, STATIC, STATIC_FILES, static_address
from tests.console.people_build import Console, a_console

NAMED = re.compile(r'(?:href|src)="(/static/[^"]+)"')
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path, people=False) as served:
        yield served


async def test_pages_name_files_by_their_bytes_and_browsers_keep_them(console: Console) -> None:
    async with console.visitor() as nobody:
        addresses = NAMED.findall(await nobody.get("/sign-in"))
        assert len(addresses) >= 5
        for address in addresses:
            file = STATIC / address.rpartition("/")[2]
            digest = hashlib.sha256(file.read_bytes()).hexdigest()[:DIGITS]
            assert address == f"/static/{digest}/{file.name}"
            assert await nobody.get(address) == file.read_text("utf-8")
            assert nobody.status == 200
            assert nobody.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert nobody.headers["Content-Type"].startswith(KINDS[file.suffix])


@pytest.mark.parametrize("old", ["/static/console.css", "/static/0123456789abcdef/console.css"])
async def test_an_address_of_other_bytes_leads_to_those_of_now_and_is_not_kept(console: Console, old: str) -> None:
    async with console.visitor() as nobody:
        async with nobody.session.get(console.url + old, allow_redirects=False) as answer:
            assert answer.status == 302
            assert answer.headers["Location"] == static_address("console.css")
            assert answer.headers["Cache-Control"] == "no-store"
        await nobody.get(old)
        assert (nobody.status, nobody.address) == (200, static_address("console.css"))


async def test_no_other_file_is_given(console: Console) -> None:
    async with console.visitor() as nobody:
        for path in ("/static/0123456789abcdef/none.css", "/static/x/..%2fguard.py", "/static/none"):
            await nobody.get(path)
            assert nobody.status == 404, path


def test_every_template_names_its_files_this_way() -> None:
    templates = environment()
    assert templates.loader
    used = set()
    for name in templates.list_templates():
        source = templates.loader.get_source(templates, name)[0]
        assert "/static/" not in source, name
        used |= set(re.findall(r"static\('([^']+)'\)", source))
    assert used
    assert used <= set(STATIC_FILES)
    assert {one for one in STATIC_FILES if one.endswith((".css", ".js"))} <= used
