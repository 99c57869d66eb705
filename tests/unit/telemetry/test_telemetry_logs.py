"""Logs hold no personal data, whatever is handed to them."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.reasons import Reason
from gateway.telemetry import FIELDS, LibraryLogs, Said, configure_logs, make_logger, only_known_fields
from gateway.telemetry.logs import log_as_we_do_until_configured

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
NUMBER = "11010519491231002X"


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def logger(stream: io.StringIO, level: str = "info") -> Any:
    return make_logger(region="422800", level=level, style="json", stream=stream, clock=lambda: NOW)


def test_a_line_holds_region_time_and_what_was_told() -> None:
    stream = io.StringIO()
    logger(stream).info(Said.CASE_SUBMITTED, partner="500114", reason=Reason.NO_PARTNER, count=3)
    assert lines(stream) == [
        {
            "event": "case.submitted",
            "region": "422800",
            "partner": "500114",
            "reason": "NO_PARTNER",
            "count": 3,
            "level": "info",
            "at": "2026-11-20T08:30:00.000+00:00",
        }
    ]


def test_a_field_that_is_not_on_the_list_is_dropped_and_named() -> None:
    stream = io.StringIO()
    logger(stream).info(Said.CASE_SUBMITTED, applicant="张三", phone="13800000000")
    assert "张三" not in stream.getvalue()
    assert lines(stream)[0]["dropped"] == ["applicant", "phone"]


@pytest.mark.parametrize("value", [NUMBER, f"number={NUMBER};", "13800000000", ["x", NUMBER], f"证件{NUMBER}号"])
def test_numbers_of_people_are_hidden_even_in_allowed_fields(value: object) -> None:
    stream = io.StringIO()
    logger(stream).info(Said.REQUEST_REFUSED, route=value)
    assert NUMBER not in stream.getvalue()
    assert "13800000000" not in stream.getvalue()


def test_an_error_is_told_by_type_and_place_not_by_its_words() -> None:
    stream = io.StringIO()
    try:
        raise ValueError("张三 is not a number")
    except ValueError as error:
        logger(stream).error(Said.INTERNAL, error=error)
    line = lines(stream)[0]
    assert line["error_type"] == "ValueError"
    assert "test_an_error_is_told" in line["error_at"]
    assert "张三" not in stream.getvalue()


def test_what_libraries_log_comes_without_its_arguments() -> None:
    stream = io.StringIO()
    handler = LibraryLogs(logger(stream))
    record = logging.LogRecord("aiohttp.server", logging.ERROR, "", 0, "bad request from %s", ("张三",), None)
    handler.handle(record)
    line = lines(stream)[0]
    assert (line["event"], line["level"], line["library"]) == ("library.message", "error", "aiohttp.server")
    assert line["template"] == "bad request from %s"


@pytest.fixture
def configured() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    before = logging.getLogger().handlers[:]
    configure_logs(region="422800", level="info", style="json", stream=stream, clock=lambda: NOW)
    yield stream
    structlog.reset_defaults()
    log_as_we_do_until_configured()
    structlog.contextvars.clear_contextvars()
    logging.getLogger().handlers[:] = before


def test_a_whole_process_logs_without_the_words_of_exceptions(configured: io.StringIO) -> None:
    try:
        raise ValueError("张三")
    except ValueError:
        structlog.get_logger("some.room").exception("local.failed", method="GET", body="张三")
        logging.getLogger("aiohttp.server").exception("cannot handle %s", "张三")
    ours, library = lines(configured)
    assert (ours["region"], ours["error_type"], ours["method"]) == ("422800", "ValueError", "GET")
    assert (library["library"], library["error_type"]) == ("aiohttp.server", "ValueError")
    assert "张三" not in configured.getvalue()


def test_a_level_below_the_chosen_one_is_silent() -> None:
    stream = io.StringIO()
    quiet = logger(stream, "warning")
    quiet.info(Said.READY)
    quiet.warning(Said.PARTNER_AWAY, partner="500114")
    assert [line["event"] for line in lines(stream)] == ["partner.away"]


def test_bound_context_reaches_the_line() -> None:
    stream = io.StringIO()
    with structlog.contextvars.bound_contextvars(trace="0" * 31 + "1"):
        logger(stream).info(Said.READY)
    assert lines(stream)[0]["trace"] == "0" * 31 + "1"


def test_the_console_style_is_for_people() -> None:
    stream = io.StringIO()
    make_logger(region="422800", level="info", style="console", stream=stream, clock=lambda: NOW).info(Said.READY)
    assert "gateway.ready" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


@given(st.dictionaries(st.text(min_size=1, max_size=12), st.text(max_size=300), max_size=8))
def test_only_known_fields_pass_and_all_are_short(event: dict[str, str]) -> None:
    kept = only_known_fields(None, "info", dict(event))
    assert set(kept) <= FIELDS
    assert all(len(value) <= 200 for name, value in kept.items() if isinstance(value, str))


class Costly:
    """A local variable whose words are dear, and whose look is counted."""

    def __init__(self) -> None:
        self.looks = 0

    def __repr__(self) -> str:
        self.looks += 1
        return "张三 " * 10_000


def fail_with(costly: Costly, depth: int = 20) -> None:
    if depth:
        return fail_with(costly, depth - 1)
    raise ValueError("张三")


@pytest.mark.parametrize("style", ["console", "json"])
def test_an_exception_is_logged_without_a_look_at_local_variables(style: str) -> None:
    stream, costly = io.StringIO(), Costly()
    said = make_logger(region="422800", level="info", style=style, stream=stream, clock=lambda: NOW)
    try:
        fail_with(costly)
    except ValueError:
        said.exception(Said.INTERNAL, route="/queue")
    assert costly.looks == 0
    assert "ValueError" in stream.getvalue()
    assert "张三" not in stream.getvalue()
    assert len(stream.getvalue()) < 1_000


def test_a_process_that_configured_nothing_logs_under_the_same_rules(capsys: pytest.CaptureFixture[str]) -> None:
    costly = Costly()
    structlog.reset_defaults()
    log_as_we_do_until_configured()
    try:
        fail_with(costly)
    except ValueError:
        structlog.get_logger("some.room").exception(Said.INTERNAL, route="/queue", phone="13800000000")
    out, err = capsys.readouterr()
    assert costly.looks == 0
    assert out == ""
    assert "internal.error" in err
    assert "ValueError" in err
    assert "张三" not in err
    assert "13800000000" not in err
