"""What verifying may rely on whichever source is connected: the same suite for the platform over HTTP and the file."""

from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path

import pytest

from gateway.case.licence_verdicts import Holder, LicenceState, Why
from gateway.flows.licences.verify import LicenceSource, LicenceSourceDown
from gateway.licences.file_source import FileSource
from tests.licence_platform import (
    BOOK_TYPE,
    CARD_TYPE,
    a_platform,
    a_record,
    an_enquiry,
    an_identifier,
    clock,
    http_source,
    sample_file,
    types_of,
)

Records = dict[str, dict[str, str]]


class Connected:
    """A source, and how its licences are changed while it runs."""

    def __init__(self, source: LicenceSource, hold: Callable[[Records], None], break_it: Callable[[], None]) -> None:
        self.source = source
        self.hold = hold
        self.break_it = break_it


@pytest.fixture(params=["file", "http"])
async def connected(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Connected]:
    types = types_of(tmp_path, (CARD_TYPE, "居民身份证", "是"), (BOOK_TYPE, "居民户口簿", "否"))
    if request.param == "file":
        path = tmp_path / "sample.yaml"

        def write(records: Records) -> None:
            path.write_text(sample_file(records), encoding="utf-8")

        write({})
        yield Connected(
            FileSource(path, clock, types), write, lambda: path.write_text("licences: no", encoding="utf-8")
        )
        return
    async with a_platform() as platform, http_source(platform, tmp_path, types) as source:

        def replace(records: Records) -> None:
            platform.licences = dict(records)

        def break_it() -> None:
            platform.odd["queryCertInfo"] = (200, b"<html>login</html>")

        yield Connected(source, replace, break_it)


async def test_a_licence_comes_back_with_state_dates_name_and_its_holder_compared(connected: Connected) -> None:
    connected.hold({an_identifier(): a_record()})
    answer = await connected.source.verify(an_enquiry())
    assert answer is not None
    assert (answer.state, answer.valid_from, answer.valid_to) == (
        LicenceState.VALID,
        date(2020, 1, 1),
        date(2036, 1, 1),
    )
    assert (answer.name, answer.holder_matches) == ("居民身份证", True)
    assert answer.source


@pytest.mark.parametrize("state", list(LicenceState))
async def test_every_state_of_the_standard_comes_through(connected: Connected, state: LicenceState) -> None:
    connected.hold({an_identifier(): a_record(state=state.value)})
    answer = await connected.source.verify(an_enquiry())
    assert answer is not None
    assert answer.state is state


async def test_a_licence_without_end_has_none(connected: Connected) -> None:
    connected.hold({an_identifier(): a_record(valid_to="")})
    answer = await connected.source.verify(an_enquiry())
    assert answer is not None
    assert answer.valid_to is None


@pytest.mark.parametrize(
    ("name", "number", "same"),
    [
        ("田晓禾", "422801199001010018", False),
        ("向**", "", None),
        ("向小满", "", True),
    ],
)
async def test_the_holder_is_compared_where_the_answer_is(
    connected: Connected, name: str, number: str, same: bool | None
) -> None:
    connected.hold({an_identifier(): a_record(holder=name, holder_number=number)})
    answer = await connected.source.verify(an_enquiry())
    assert answer is not None
    assert answer.holder_matches is same


async def test_an_unknown_licence_is_none(connected: Connected) -> None:
    connected.hold({an_identifier(): a_record()})
    assert await connected.source.verify(an_enquiry(an_identifier("9"))) is None


async def test_a_change_at_the_source_counts_at_the_next_question(connected: Connected) -> None:
    connected.hold({an_identifier(): a_record()})
    await connected.source.verify(an_enquiry())
    connected.hold({an_identifier(): a_record(state="07", name="居民身份证 (二代)")})
    answer = await connected.source.verify(an_enquiry())
    assert answer is not None
    assert answer.state is LicenceState.REVOKED


async def test_what_cannot_be_understood_is_a_source_that_is_down(connected: Connected) -> None:
    connected.hold({an_identifier(): a_record()})
    connected.break_it()
    with pytest.raises(LicenceSourceDown) as told:
        await connected.source.verify(an_enquiry())
    assert told.value.why in (Why.ODD_ANSWER, Why.SOURCE_FILE)
    assert "422801" not in str(told.value)


def test_callable_types_are_those_of_the_table(connected: Connected) -> None:
    assert connected.source.callable_types() == {CARD_TYPE}


def test_a_source_without_a_table_does_not_know_what_is_callable(tmp_path: Path) -> None:
    assert FileSource(tmp_path / "none.yaml", clock).callable_types() is None


@pytest.mark.parametrize("cause", ["", "  ", "用" * 201])
def test_nobody_asks_without_a_use_cause(cause: str) -> None:
    with pytest.raises(ValueError, match="use cause"):
        an_enquiry(use_cause=cause)


def test_an_enquiry_for_somebody_else_is_another_question() -> None:
    assert an_enquiry() == an_enquiry()
    assert an_enquiry() != an_enquiry(holder=Holder("田晓禾", ""))
