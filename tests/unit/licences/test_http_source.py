"""The platform over HTTP: what leaves, what is repeated, what counts as no answer."""

import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.case.licence_verdicts import LicenceState, Why
from gateway.flows.licences.verify import LicenceSourceDown
from gateway.licences.http_source import LARGEST_ANSWER, TRIES, HttpSource
from gateway.trust.tls import issue, new_authority, save_certified
from tests.licence_platform import (
    HOLDER,
    TOKEN,
    Platform,
    a_platform,
    a_record,
    an_enquiry,
    an_identifier,
    dumped,
    http_source,
)


@dataclass
class Asking:
    """A platform and who asks it."""

    platform: Platform
    source: HttpSource
    token_file: Path

    async def down(self) -> Why:
        with pytest.raises(LicenceSourceDown) as told:
            await self.source.verify(an_enquiry())
        assert TOKEN not in repr(told.value)
        return told.value.why


@pytest.fixture
async def asking(tmp_path: Path) -> AsyncIterator[Asking]:
    async with a_platform() as platform, http_source(platform, tmp_path) as source:
        platform.licences[an_identifier()] = a_record()
        yield Asking(platform, source, tmp_path / "licence-token")


def answered(data: object, status: object = "0") -> tuple[int, bytes]:
    return 200, json.dumps({"head": {"status": status, "message": ""}, "data": data}).encode()


async def test_identifier_and_use_cause_leave_and_nothing_of_the_applicant(asking: Asking) -> None:
    await asking.source.verify(an_enquiry())
    ((call, body),) = asking.platform.asked
    assert call == "queryCertInfo"
    assert body == {
        "head": {"accessId": "TB-422800", "accessToken": TOKEN},
        "data": {"identifier": an_identifier(), "useCause": "社会保障卡换领"},
    }
    assert HOLDER.name not in dumped(asking.platform.asked)
    assert HOLDER.number not in dumped(asking.platform.asked)
    assert asking.platform.paths == ["/CertShare/queryCertInfo"], "nothing of it stands in the address"


async def test_a_state_that_was_not_told_is_asked_for(asking: Asking) -> None:
    asking.platform.silent_about_state = True
    asking.platform.licences[an_identifier()] = a_record(state="04")
    answer = await asking.source.verify(an_enquiry())
    assert answer is not None
    assert answer.state is LicenceState.DEREGISTERED
    assert [call for call, _ in asking.platform.asked] == ["queryCertInfo", "verify"]


async def test_a_busy_platform_is_asked_again_a_bounded_number_of_times(asking: Asking) -> None:
    asking.platform.failures = TRIES - 1
    assert await asking.source.verify(an_enquiry()) is not None
    asking.platform.failures = 100
    asking.platform.asked.clear()
    assert await asking.down() is Why.UNREACHABLE
    assert len(asking.platform.asked) == TRIES


async def test_nobody_listening_is_unreachable(asking: Asking, tmp_path: Path) -> None:
    asking.platform.url = "http://127.0.0.1:9/CertShare"
    async with http_source(asking.platform, tmp_path) as source:
        with pytest.raises(LicenceSourceDown) as told:
            await source.verify(an_enquiry())
    assert told.value.why is Why.UNREACHABLE


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ((401, b""), Why.REJECTED),
        ((403, b""), Why.REJECTED),
        ((404, b""), Why.ODD_ANSWER),
        ((500, b""), Why.ODD_ANSWER),
        ((302, b""), Why.ODD_ANSWER),
        (answered(None, "60003"), Why.REJECTED),
        ((200, b""), Why.ODD_ANSWER),
        ((200, b"[]"), Why.ODD_ANSWER),
        ((200, b'{"head": {}, "data": {}}'), Why.ODD_ANSWER),
        ((200, b'{"head": {"status": "0"}}'), Why.ODD_ANSWER),
        ((200, b"[" * 100_000), Why.ODD_ANSWER),
        (answered({"state": "08"}), Why.ODD_ANSWER),
        (answered({"state": 1}), Why.ODD_ANSWER),
        (answered({"state": "01", "validTo": "2026-13-01"}), Why.ODD_ANSWER),
        (answered({"state": "01", "validTo": "sometime"}), Why.ODD_ANSWER),
        (answered({"state": "01", "type": "11422800MB0T00015R999"}), Why.ODD_ANSWER),
        (answered(["one", "two"]), Why.ODD_ANSWER),
        ((200, b" " * (LARGEST_ANSWER + 1)), Why.ODD_ANSWER),
    ],
)
async def test_odd_answers_are_no_answers(asking: Asking, odd: tuple[int, bytes], why: Why) -> None:
    asking.platform.odd["queryCertInfo"] = odd
    assert await asking.down() is why
    assert "/elsewhere" not in str(asking.platform.paths), "no redirect is followed"


@pytest.mark.parametrize("nothing", [None, {}, []])
async def test_no_data_is_no_such_licence(asking: Asking, nothing: object) -> None:
    asking.platform.odd["queryCertInfo"] = answered(nothing)
    assert await asking.source.verify(an_enquiry()) is None


@pytest.mark.parametrize("last", ["长期", "9999-12-31", "", None])
async def test_an_end_that_never_comes_is_none(asking: Asking, last: str | None) -> None:
    asking.platform.odd["queryCertInfo"] = answered({"state": "01", "validTo": last, "holder": HOLDER.name})
    answer = await asking.source.verify(an_enquiry())
    assert answer is not None
    assert answer.valid_to is None


@pytest.mark.parametrize("last", ["2036-01-31", "20360131", "2036年01月31日", "2036/01/31", "2036-01-31 00:00:00"])
async def test_days_are_read_in_the_forms_platforms_write(asking: Asking, last: str) -> None:
    asking.platform.odd["queryCertInfo"] = answered({"state": "01", "validTo": last})
    answer = await asking.source.verify(an_enquiry())
    assert answer is not None
    assert str(answer.valid_to) == "2036-01-31"


async def test_the_platform_is_believed_by_its_certificate_alone(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority = new_authority("422800", "a licence platform", now, 30)
    files = [tmp_path / name for name in ("authority.crt", "authority.key", "platform.crt", "platform.key")]
    save_certified(files[0], files[1], authority)
    save_certified(files[2], files[3], issue(authority, "422800", ["127.0.0.1"], now, 30, client=False))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[2], files[3])
    async with a_platform(context) as platform:
        platform.licences[an_identifier()] = a_record()
        async with http_source(platform, tmp_path, authority=files[0]) as trusting:
            assert await trusting.verify(an_enquiry()) is not None
        async with http_source(platform, tmp_path) as strange:
            with pytest.raises(LicenceSourceDown) as told:
                await strange.verify(an_enquiry())
        assert told.value.why is Why.UNREACHABLE
        assert len(platform.asked) == 1, "the token went to nobody else"


async def test_a_new_token_counts_at_once_and_an_open_file_is_not_read(asking: Asking) -> None:
    asking.token_file.write_text("the next one", encoding="utf-8")
    await asking.source.verify(an_enquiry())
    assert asking.platform.asked[-1][1]["head"]["accessToken"] == "the next one"
    asking.token_file.chmod(0o644)
    assert await asking.down() is Why.REJECTED
    assert len(asking.platform.asked) == 1
