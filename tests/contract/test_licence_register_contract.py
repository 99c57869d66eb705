"""What looking licences up may rely on, whichever register is connected: the platform over HTTP and the file of samples."""

from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path

import pytest

from gateway.case.licence_verdicts import Holder, LicenceState, Why
from gateway.flows.licences.look_up import LicenceRegister, Wanted
from gateway.flows.licences.verify import LicenceSourceDown
from gateway.licences.file_source import FileSource
from tests.licence_platform import (
    BOOK_TYPE,
    CARD_TYPE,
    HOLDER,
    LIST_CALL,
    TOKEN,
    Platform,
    a_platform,
    a_record,
    an_identifier,
    clock,
    dumped,
    http_source,
    sample_file,
)

Records = dict[str, dict[str, str]]
WANTED = Wanted(HOLDER, CARD_TYPE, "社会保障卡换领")


class Connected:
    """A register, and how its licences are changed while it runs."""

    def __init__(
        self, register: LicenceRegister, hold: Callable[[Records], None], break_it: Callable[[], None]
    ) -> None:
        self.register = register
        self.hold = hold
        self.break_it = break_it


@pytest.fixture(params=["file", "http"])
async def connected(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Connected]:
    if request.param == "file":
        path = tmp_path / "sample.yaml"

        def write(records: Records) -> None:
            path.write_text(sample_file(records), encoding="utf-8")

        def spoil() -> None:
            path.write_text("licences: no", encoding="utf-8")

        write({})
        yield Connected(FileSource(path, clock), write, spoil)
        return
    async with a_platform() as platform, http_source(platform, tmp_path, list_call=LIST_CALL) as source:

        def replace(records: Records) -> None:
            platform.licences = dict(records)

        def break_it() -> None:
            platform.odd[LIST_CALL] = (200, b"<html>login</html>")

        yield Connected(source, replace, break_it)


async def test_every_licence_of_the_kind_comes_with_its_facts(connected: Connected) -> None:
    one, two = an_identifier("1"), an_identifier("2")
    book = an_identifier("3", BOOK_TYPE)
    stranger = a_record(holder_number="422801199001010018")
    connected.hold({one: a_record(), two: a_record(state="07"), book: a_record(), an_identifier("4"): stranger})
    found = {held.licence_id: held for held in await connected.register.held_by(WANTED)}
    assert set(found) == {one, two}
    answer = found[one].answer
    assert (answer.state, answer.valid_from, answer.valid_to) == (
        LicenceState.VALID,
        date(2020, 1, 1),
        date(2036, 1, 1),
    )
    assert (answer.name, answer.holder_matches, bool(answer.source)) == ("居民身份证", True, True)
    assert found[one].issuer
    assert found[two].answer.state is LicenceState.REVOKED


async def test_who_has_none_has_none(connected: Connected) -> None:
    connected.hold({an_identifier(): a_record()})
    nobody = Wanted(Holder("田晓禾", "422801199001010018"), CARD_TYPE, "社会保障卡换领")
    assert await connected.register.held_by(nobody) == ()


async def test_what_cannot_be_understood_is_a_register_that_is_down(connected: Connected) -> None:
    connected.hold({an_identifier(): a_record()})
    connected.break_it()
    with pytest.raises(LicenceSourceDown) as told:
        await connected.register.held_by(WANTED)
    assert told.value.why in (Why.ODD_ANSWER, Why.SOURCE_FILE)
    assert "422801" not in str(told.value)


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (200, b'{"head": {"status": "9"}, "data": null}', Why.REJECTED),
        (200, b'{"head": {"status": "0"}, "data": "x"}', Why.ODD_ANSWER),
        (200, b'{"head": {"status": "0"}, "data": [{"identifier": "1.2.3"}]}', Why.ODD_ANSWER),
        (200, b'{"head": {"status": "0"}, "data": [' + b",".join([b"{}"] * 60) + b"]}", Why.ODD_ANSWER),
        (302, b"", Why.ODD_ANSWER),
        (403, b"", Why.REJECTED),
        (404, b"", Why.ODD_ANSWER),
    ],
)
async def test_a_platform_that_answers_oddly_is_down_for_a_stated_reason(
    tmp_path: Path, status: int, body: bytes, why: Why
) -> None:
    async with a_platform() as platform, http_source(platform, tmp_path, list_call=LIST_CALL) as source:
        platform.odd[LIST_CALL] = (status, body)
        with pytest.raises(LicenceSourceDown) as told:
            await source.held_by(WANTED)
        assert told.value.why is why


async def test_a_platform_is_sent_the_number_and_nothing_else_of_the_holder(tmp_path: Path) -> None:
    async with a_platform() as platform, http_source(platform, tmp_path, list_call=LIST_CALL) as source:
        platform.licences = {an_identifier(): a_record()}
        platform.failures = 1
        assert len(await source.held_by(WANTED)) == 1, "a failure that may pass is tried again"
        assert_sent(platform)


def assert_sent(platform: Platform) -> None:
    assert HOLDER.name not in dumped(platform.asked)
    assert all("422801" not in path and TOKEN not in path for path in platform.paths)
    [asked, *_] = [body["data"] for call, body in platform.asked if call == LIST_CALL]
    assert asked == {"holderCode": HOLDER.number, "type": CARD_TYPE, "useCause": "社会保障卡换领"}


async def test_a_state_the_list_does_not_tell_is_asked_for(tmp_path: Path) -> None:
    async with a_platform() as platform, http_source(platform, tmp_path, list_call=LIST_CALL) as source:
        platform.licences = {an_identifier(): a_record(state="04")}
        platform.silent_about_state = True
        [held] = await source.held_by(WANTED)
        assert held.answer.state is LicenceState.DEREGISTERED
