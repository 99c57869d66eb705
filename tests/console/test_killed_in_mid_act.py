"""kill -9 of a real gateway while somebody uses its console: afterwards what was sent is done once or not at all, and the page says which."""

import asyncio
import hashlib
import html
import re
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import suppress

import aiohttp
import apsw
import pytest

from gateway.store.sqlite.writer import Moment
from tests.console.acts_build import act, hidden
from tests.console.killable_console import Killable, furnish, running
from tests.console.notices_build import notices_of, printed
from tests.console.people_build import Visitor
from tests.console.test_slow_lines import connected, head, token_of
from tests.console.test_window_files import piece
from tests.console.window_build import FORM, TYPED, send
from tests.faults.waiting import lapse

pytestmark = pytest.mark.slow
ACT = "gateway.flows.act.act.<locals>.take"
SUBMIT = "gateway.flows.submit.submit.<locals>.take"
PRINT = "gateway.flows.notices.printing.Printing.issue.<locals>.write"
COUNTED = "gateway.flows.materials.transfer.Transfer._append.count/possessions.complete"
PHOTO = b"\xff\xd8\xff a photograph"
WHOLE = {**TYPED, "copies.1": "1", "seen.1": ""}
NUMBER = re.compile(r"黔江示例\w*〔\d{4}〕\d{5}号")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killable]:
    made = asyncio.run(furnish(tmp_path_factory.mktemp("town"), 8))
    yield made
    assert made.site.process is None


@pytest.fixture
async def gateway(home: Killable) -> AsyncIterator[Killable]:
    async with running(home) as one:
        yield one


async def cut(sending: Awaitable[object]) -> None:
    """Send something that is hardly ever answered: the process dies of it, at the latest right behind the answer."""
    with suppress(aiohttp.ClientError, ConnectionError):
        await sending


def stored(gateway: Killable, statement: str, *facts: str) -> list[tuple[object, ...]]:
    """What is in the store of a gateway that is not running."""
    assert gateway.site.process is None
    with apsw.Connection(str(gateway.site.store_file)) as connection:
        return list(connection.execute(statement, facts))


@pytest.mark.parametrize("moment", Moment)
async def test_an_act_is_done_once_or_not_at_all_and_its_form_may_be_sent_again(
    gateway: Killable, moment: Moment
) -> None:
    number = gateway.cases.pop()
    path = f"/cases/{number}/acts/received_by_handler"
    async with gateway.signed_in("handler") as visitor:
        await gateway.restart(moment, ACT)
        await visitor.get(path)
        form, page = hidden(visitor), visitor.text
        await cut(visitor.post(path, **form, handler_number="QJ-1"))
        await gateway.died()
        done = moment is not Moment.BEFORE
        happened = "SELECT COUNT(*) FROM events WHERE case_id = ?"
        assert stored(gateway, happened, number) == [(1 + done,)], "that it was opened, and the act or not"
        await gateway.start()
        text = await visitor.get(f"/cases/{number}")
        assert visitor.status == 200, "whoever was signed in still is"
        assert ("QJ-1" in text) is done
        visitor.text = page
        text = await visitor.post(path, **form, handler_number="QJ-1")
        assert (visitor.status, visitor.address) == (200, f"/cases/{number}"), text
        assert "QJ-1" in text
        await gateway.kill()
        assert stored(gateway, happened, number) == [(2,)]


async def test_numbers_of_notices_are_given_once_each(gateway: Killable) -> None:
    asked = {"what:t:1": "请带原件到窗口"}
    numbers: list[str] = []
    async with gateway.signed_in("handler") as visitor:
        for moment in (Moment.BEFORE, Moment.COMMITTED):
            number = gateway.cases.pop()
            path = f"/cases/{number}/acts/supplement_requested"
            await gateway.restart(moment, ACT)
            await visitor.get(path)
            form, page = hidden(visitor), visitor.text
            await cut(visitor.post(path, **form, **asked))
            await gateway.died()
            await gateway.start()
            visitor.text = page
            await visitor.post(path, **form, **asked)
            assert visitor.address == f"/cases/{number}", visitor.text
            notice = (await notices_of(visitor, number))[0][0]
            await gateway.restart(moment, PRINT)
            await cut(printed(visitor, notice))
            await gateway.died()
            await gateway.start()
            found = set(NUMBER.findall(html.unescape(await printed(visitor, notice))))
            assert len(found) == 1, "its number, however often it is printed"
            numbers += found
    assert len(set(numbers)) == len(numbers), "and no other has it"
    assert [one[-6:-1] for one in numbers] == ["00001", "00002"], "none is left out"


@pytest.mark.parametrize("moment", [Moment.BEFORE, Moment.COMMITTED])
async def test_an_application_is_one_case_and_what_was_typed_before_survives(gateway: Killable, moment: Moment) -> None:
    async with gateway.signed_in("window") as visitor:
        await visitor.get(FORM)
        await send(visitor, FORM, TYPED, [("file.0", "照片.jpg", PHOTO)], do="keep")
        draft = re.search(r"/take-in/form\?[^\"]*draft=[0-9a-f]+[^\"]*", visitor.text)
        assert draft
        path, count = html.unescape(draft[0]), "SELECT COUNT(*) FROM cases"
        await gateway.kill()
        [(before,)] = stored(gateway, count)
        await gateway.start(moment, SUBMIT)
        text = await visitor.get(path)
        assert 'value="向小满"' in text, "kept through a kill at any time"
        assert "held.0" in hidden_fields(text)
        page = visitor.text
        await cut(send(visitor, path, WHOLE))
        await gateway.died()
        [(meanwhile,)] = stored(gateway, count)
        assert int(str(meanwhile)) - int(str(before)) == (moment is Moment.COMMITTED)
        await gateway.start()
        visitor.text = page
        await send(visitor, path, WHOLE)
        assert visitor.address.endswith("/slip"), visitor.text
        await gateway.kill()
        [(after,)] = stored(gateway, count)
        assert int(str(after)) - int(str(before)) == 1


@pytest.mark.parametrize("moment", [Moment.BEFORE, Moment.COMMITTED])
async def test_a_file_of_a_form_is_there_or_is_sent_again(gateway: Killable, moment: Moment) -> None:
    content = PHOTO + moment.value.encode() + b"." * 600_000
    async with gateway.signed_in("window") as visitor:
        await gateway.restart(moment, COUNTED)
        await visitor.get(FORM)
        page = visitor.text
        await cut(send(visitor, FORM, TYPED, [("file.0", "照片.jpg", content)], do="keep"))
        await gateway.died()
        folder = gateway.site.folder / "data"
        assert not [one.name for one in folder.iterdir() if one.name.startswith("tmp")], (
            "nothing without a name is left"
        )
        await gateway.start()
        visitor.text = page
        await send(visitor, FORM, TYPED, [("file.0", "照片.jpg", content)], do="keep")
        assert visitor.status == 200
        assert hashlib.sha256(content).hexdigest() in visitor.text
        await send(visitor, FORM, WHOLE)
        assert visitor.address.endswith("/slip"), visitor.text


async def test_an_upload_in_pieces_goes_on_where_it_was(gateway: Killable) -> None:
    content = PHOTO + bytes(range(256)) * 12_000
    sha256, size, first = hashlib.sha256(content).hexdigest(), len(content), 1_000_000
    async with gateway.signed_in("window") as visitor:
        await visitor.get(FORM)
        status, told = await piece(visitor, sha256, content[:first], f"bytes 0-{first - 1}/{size}")
        assert (status, told["offset"]) == (200, first)
        async with connected(visitor) as (_, writer):
            said = {"Tongban_Page": token_of(visitor), "Content_Range": f"bytes {first}-{size - 1}/{size}"}
            before = largest(gateway)
            writer.write(head(visitor, f"/take-in/files/{sha256}", size - first, **said) + content[first : 3 * first])
            await grown(gateway, before)
            await gateway.kill()
        await gateway.start(Moment.BEFORE, COUNTED)
        told = await where(visitor, sha256, size)
        offset = int(str(told["offset"]))
        assert first < offset <= 3 * first, "what came before the kill is kept"
        await cut(piece(visitor, sha256, content[offset:], f"bytes {offset}-{size - 1}/{size}"))
        await gateway.died()
        await gateway.start()
        assert await where(visitor, sha256, size) == {"offset": size, "complete": True, "sha256": sha256}


async def where(visitor: Visitor, sha256: str, size: int) -> dict[str, object]:
    """Ask where an upload has to go on."""
    status, told = await piece(visitor, sha256, b"", f"bytes */{size}")
    assert status == 200, told
    return told


async def grown(gateway: Killable, beyond: int) -> None:
    """Wait until a file of which a part has come is larger than that."""
    async with asyncio.timeout(60):
        while largest(gateway) <= beyond:
            await lapse(0.01)


def largest(gateway: Killable) -> int:
    """Bytes of the largest file of which a part has come."""
    folder = gateway.site.folder / "data" / "materials" / "partial"
    return max((one.stat().st_size for one in folder.iterdir()), default=0)


def hidden_fields(text: str) -> set[str]:
    return set(re.findall(r'<input type="hidden" name="([^"]+)"', text))


async def test_whoever_was_signed_in_and_acts_by_the_way_is_told_what_is_so(gateway: Killable) -> None:
    number = gateway.cases.pop()
    async with gateway.signed_in("handler") as visitor:
        await act(visitor, number, "received_by_handler", handler_number="QJ-9")
        page = visitor.text
        await gateway.kill()
        await gateway.start()
        visitor.text = page
        text = await visitor.get(f"/cases/{number}")
        assert "QJ-9" in text, "whatever a page told as done is so after a kill right behind it"
