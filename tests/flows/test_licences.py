"""证照免提交: verified at the window, at acceptance, at the decision; a source that is down blocks nobody."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.item.definition import ItemMaterial
from gateway.case.kinds import Decision
from gateway.case.licence_verdicts import LicenceAnswer
from gateway.case.model import Case, LicenceCheck, LicenceReference, Material
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.flows.act import Act, Acted
from gateway.flows.licences.recheck import LONGEST_GAP, Rechecked, gap_after
from gateway.flows.licences.verify import Enquiry
from gateway.licences.connect import Licences
from gateway.store import licence_checks
from tests.build import NOW, a_definition, a_file, a_happening, a_material, a_requirement, an_actor, an_agent, an_event
from tests.flows.licence_build import (
    ELSEWHERE,
    ENSHI,
    QIANJIANG,
    Sources,
    callable_types,
    sources,
    unchecked,
    with_licence,
)
from tests.flows.regions import CARD, Region, agreement
from tests.licence_platform import BOOK_TYPE, CARD_TYPE, a_platform, a_record, an_identifier, http_source

GRANTED = a_happening(ev.Decided)
DENIED = replace(GRANTED, decision=Decision.DENIED, result_name="", result_number="", valid_from=None, valid_to=None)


@pytest.fixture
async def given(tmp_path: Path) -> AsyncIterator[Sources]:
    async with sources(tmp_path) as made:
        yield made


async def refusal(region: Region, case: Case) -> GatewayError:
    with pytest.raises(GatewayError) as told:
        await region.submit(case)
    return told.value


async def refused_act(region: Region, number: str, happening: ev.Happening, **changes: object) -> GatewayError:
    with pytest.raises(GatewayError) as told:
        await region.act(number, happening, **changes)
    return told.value


async def reference_at(region: Region, number: str) -> LicenceReference:
    """The licence as the sealed case carries it."""
    form = (await region.view(number)).case.materials[0].form
    assert isinstance(form, LicenceReference)
    return form


async def accept(given: Sources, number: str) -> Acted:
    done = await given[ENSHI].act(number, a_happening(ev.Accepted))
    await given.both.settle_down()
    return done


async def grant(given: Sources, number: str) -> Acted:
    return await given[ENSHI].act(number, GRANTED)


async def test_a_licence_is_verified_at_the_window_and_its_outcome_travels_sealed(given: Sources) -> None:
    number = await given.submit()
    (row,) = await given.checks(QIANJIANG, number)
    assert (row.stage, row.outcome, row.licence_state, row.valid_to) == ("submission", "valid", "01", "2036-01-01")
    assert (row.use_cause, row.source, row.at) == ("社会保障卡换领", "file", NOW)
    assert await given.audited(QIANJIANG, number) == [("system:window", "valid", "submission")]
    for region in (given[QIANJIANG], given[ENSHI]):
        carried = await reference_at(region, number)
        assert (carried.check, carried.checked_at) == (LicenceCheck.VALID, NOW)


@pytest.mark.parametrize("claimed", list(LicenceCheck))
async def test_what_the_caller_claims_counts_for_nothing(given: Sources, claimed: LicenceCheck) -> None:
    given[QIANJIANG].gateway.licences = Licences(None)
    said = with_licence(reference=unchecked(check=claimed, checked_at=NOW - timedelta(days=1)))
    number = await given.submit(materials=(said,))
    carried = await reference_at(given[ENSHI], number)
    assert (carried.check, carried.checked_at) == (LicenceCheck.PENDING, None)
    assert await given.outcomes(QIANJIANG, number) == [("submission", "pending", "NO_SOURCE")]


async def test_an_expired_licence_is_refused_at_the_window_by_name_and_date(given: Sources) -> None:
    given.hold(QIANJIANG, licence=a_record(valid_to="2026-10-01"))
    error = await refusal(given[QIANJIANG], given.a_case(materials=(a_material("m0", a_file()), with_licence())))
    assert error.reason is Reason.LICENCE_INVALID
    (finding,) = error.findings
    assert finding.path == "materials[1].licence"
    assert finding.problem.zh == "电子证照“居民身份证”已于 2026-10-01 失效"
    assert "2026-10-01" in error.cause.zh


async def test_the_last_day_counts_in_china_and_the_next_one_does_not(given: Sources) -> None:
    given.hold(QIANJIANG, licence=a_record(valid_to="2026-11-24"))
    given.both.clock.pass_time(hours=13)
    await given[QIANJIANG].submit(given.a_case())
    given.both.clock.pass_time(hours=1)
    assert (await refusal(given[QIANJIANG], given.a_case())).reason is Reason.LICENCE_INVALID


async def test_somebody_elses_licence_is_refused_without_telling_anything_about_it(given: Sources) -> None:
    others = a_record(holder="田晓禾", holder_number="422801199001010018", valid_to="2026-10-01")
    given.hold(QIANJIANG, licence=others)
    error = await refusal(given[QIANJIANG], given.a_case())
    assert error.findings[0].problem.zh == "电子证照“居民身份证”的持证人与申请人不符"
    said = repr([(one.problem, one.fix) for one in error.findings]) + str(error.cause)
    for value in ("田晓禾", "422801199001010018", "2026-10-01", "向小满"):
        assert value not in said


class Counting:
    """A source that counts who asks, and never answers in time when it is silent."""

    def __init__(self, *, silent: bool = False) -> None:
        self.asked: list[Enquiry] = []
        self.silent = silent
        self.left: list[str] = []

    async def verify(self, enquiry: Enquiry) -> LicenceAnswer | None:
        self.asked.append(enquiry)
        try:
            if self.silent:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.left.append(enquiry.licence_id)
            raise
        return None

    def callable_types(self) -> frozenset[str] | None:
        return None


async def test_nobody_is_asked_about_a_licence_of_somebody_who_is_not_in_the_case(given: Sources) -> None:
    source = Counting()
    given[QIANJIANG].gateway.licences = Licences(source)
    case = given.a_case(materials=(with_licence(reference=unchecked(holder="田晓禾")),))
    assert (await refusal(given[QIANJIANG], case)).reason is Reason.LICENCE_INVALID
    assert source.asked == []


async def test_the_agents_own_licence_counts_where_the_case_names_the_agent(given: Sources) -> None:
    given.hold(QIANJIANG, licence=a_record(holder="覃远山", holder_number="422801199001010018"))
    agents = (with_licence(reference=unchecked(holder="覃远山")), a_material("m2", a_file()))
    await given[QIANJIANG].upload(b"a sample file")
    number = await given.submit(materials=agents, agent=an_agent())
    assert (await given.outcomes(QIANJIANG, number))[0] == ("submission", "valid", "")


async def test_a_wrong_check_character_refuses_ours_and_is_told_of_theirs(given: Sources) -> None:
    def wrong(value: str) -> str:
        return value[:-1] + ("0" if value[-1] != "0" else "1")

    ours = an_identifier(issuer="500114")
    error = await refusal(given[QIANJIANG], given.a_case(materials=(with_licence(reference=unchecked(wrong(ours))),)))
    assert (error.reason, [one.path for one in error.findings]) == (
        Reason.BAD_REQUEST,
        ["materials[0].licence.licence_id"],
    )
    theirs = wrong(an_identifier())
    given.hold_all(QIANJIANG, {theirs: a_record()})
    number = await given.submit(materials=(with_licence(reference=unchecked(theirs)),))
    assert (await reference_at(given[ENSHI], number)).check is LicenceCheck.VALID


async def test_the_type_has_to_be_the_one_of_the_identifier(given: Sources) -> None:
    error = await refusal(
        given[QIANJIANG], given.a_case(materials=(with_licence(reference=unchecked(type_code=BOOK_TYPE)),))
    )
    assert [one.path for one in error.findings] == ["materials[0].licence.type_code"]


async def test_a_source_that_is_down_does_not_block_the_window_and_is_asked_again(given: Sources) -> None:
    given.break_down(QIANJIANG)
    number = await given.submit()
    assert await given.outcomes(QIANJIANG, number) == [("submission", "pending", "SOURCE_FILE")]
    assert (await reference_at(given[ENSHI], number)).check is LicenceCheck.PENDING
    gateway = given[QIANJIANG].gateway

    assert await gateway.recheck_licences() == Rechecked(), "not before its time"
    given.both.clock.pass_time(minutes=1)
    assert (await gateway.recheck_licences()).told == 0
    given.hold(QIANJIANG, licence=a_record())
    assert (await gateway.recheck_licences()).asked == 0, "the next try was put off before anybody was asked"
    given.both.clock.pass_time(minutes=2)
    assert (await gateway.recheck_licences()).told == 1
    assert (await given.outcomes(QIANJIANG, number))[-1] == ("later", "valid", "")
    assert await given.told(QIANJIANG, number) == ["valid m1"]
    assert (await given.audited(QIANJIANG, number))[-1] == ("gateway:500114", "valid", "later")

    given.both.clock.pass_time(days=1)
    assert await gateway.recheck_licences() == Rechecked(), "what is known is not asked again"


async def test_one_that_proves_invalid_later_is_told_and_stops_the_handler(given: Sources) -> None:
    for code in (QIANJIANG, ENSHI):
        given.break_down(code)
    number = await given.submit()
    for code in (QIANJIANG, ENSHI):
        given.hold(code, licence=a_record(state="07", revoked_at="2026-11-02"))
    given.both.clock.pass_time(minutes=1)
    await given[QIANJIANG].gateway.recheck_licences()
    assert await given.told(QIANJIANG, number) == ["invalid m1"]
    error = await refused_act(given[ENSHI], number, a_happening(ev.Accepted))
    assert error.reason is Reason.LICENCE_INVALID
    assert "电子证照“居民身份证”已于 2026-11-02 吊销" in error.cause.zh


async def test_a_slow_source_is_waited_for_until_the_deadline_and_no_longer(given: Sources) -> None:
    source = Counting(silent=True)
    given[QIANJIANG].gateway.licences = Licences(source, timedelta(milliseconds=50))
    many = tuple(with_licence(f"m{n}", unchecked(an_identifier(str(n)))) for n in range(20))
    began = asyncio.get_running_loop().time()
    number = await given.submit(materials=many)
    assert asyncio.get_running_loop().time() - began < 5
    outcomes = await given.outcomes(QIANJIANG, number)
    assert outcomes == [("submission", "pending", "TIMED_OUT")] * 20
    assert 0 < len(source.asked) < 20, "a bounded number is asked at once"
    assert len(source.left) == len(source.asked), "nobody is left waiting"


async def test_the_same_licence_for_two_materials_is_asked_about_once(given: Sources) -> None:
    source = Counting()
    given[QIANJIANG].gateway.licences = Licences(source)
    await given.submit(materials=(with_licence("m1"), with_licence("m2")))
    assert len(source.asked) == 1


async def test_a_licence_of_another_region_that_our_source_does_not_know_is_pending(given: Sources) -> None:
    foreign = unchecked(ELSEWHERE, type_code=ELSEWHERE.split(".")[5])
    number = await given.submit(materials=(with_licence(reference=foreign),))
    assert await given.outcomes(QIANJIANG, number) == [("submission", "pending", "NOT_FOUND")]
    assert (await accept(given, number)).state is State.ACCEPTED


async def test_one_of_ours_that_our_source_does_not_know_is_refused(given: Sources) -> None:
    invented = unchecked(an_identifier("404", issuer="500114"))
    error = await refusal(given[QIANJIANG], given.a_case(materials=(with_licence(reference=invented),)))
    assert error.reason is Reason.LICENCE_INVALID


async def test_one_that_expired_between_submission_and_acceptance_is_caught(given: Sources) -> None:
    for code in (QIANJIANG, ENSHI):
        given.hold(code, licence=a_record(valid_to="2026-11-25"))
    number = await given.submit()
    given.both.clock.pass_time(days=2)
    error = await refused_act(given[ENSHI], number, a_happening(ev.Accepted))
    assert error.reason is Reason.LICENCE_INVALID
    (finding,) = error.findings
    assert finding.path == "materials[0].licence"
    assert finding.problem.zh == "电子证照“居民身份证”已于 2026-11-25 失效"
    assert "补正告知" in finding.fix.zh
    assert "不予" in finding.fix.zh
    assert await given.outcomes(ENSHI, number) == [("acceptance", "invalid", "EXPIRED")]
    assert await given[ENSHI].state(number) is State.WITH_HANDLER


async def test_one_that_was_revoked_between_acceptance_and_decision_is_caught(given: Sources) -> None:
    number = await given.submit()
    assert (await accept(given, number)).state is State.ACCEPTED
    given.hold(ENSHI, licence=a_record(state="07"))
    error = await refused_act(given[ENSHI], number, GRANTED)
    assert error.reason is Reason.LICENCE_INVALID
    assert "吊销" in error.cause.zh
    assert await given.outcomes(ENSHI, number) == [("acceptance", "valid", ""), ("decision", "invalid", "STATE")]
    assert (await given[ENSHI].act(number, DENIED, reason="证照已吊销")).state is State.DENIED


async def test_the_other_ways_out_stay_open(given: Sources) -> None:
    for happening in (a_happening(ev.NotAccepted), ev.SupplementRequested((a_requirement(),))):
        number = await given.submit()
        given.hold(ENSHI, licence=a_record(state="03"))
        assert await given[ENSHI].act(number, happening, reason="证照已撤销")
        given.hold(ENSHI, licence=a_record())


async def test_a_supplement_with_a_good_licence_or_a_file_mends_it(given: Sources) -> None:
    number = await given.submit()
    given.hold(ENSHI, licence=a_record(state="05"))
    assert (await refused_act(given[ENSHI], number, a_happening(ev.Accepted))).reason is Reason.LICENCE_INVALID
    await given[ENSHI].act(number, ev.SupplementRequested((a_requirement(),)))
    await given.both.settle_down()
    renewed = an_identifier("20260000009")
    for code in (QIANJIANG, ENSHI):
        given.hold_all(code, {renewed: a_record(), an_identifier(): a_record(state="05")})
    better = with_licence("m1", unchecked(renewed, check=LicenceCheck.INVALID), version=2)
    await given[QIANJIANG].act(number, ev.Supplemented((better,), requirement_ids=("r1",)))
    await given.both.settle_down()
    assert (await accept(given, number)).state is State.ACCEPTED
    assert (await given.outcomes(QIANJIANG, number))[-1] == ("supplement", "valid", "")
    versions = [(one.stage, one.version, one.outcome) for one in await given.checks(ENSHI, number)]
    assert versions == [("acceptance", 1, "invalid"), ("acceptance", 2, "valid")]


async def test_an_invalid_licence_in_a_supplement_is_refused_at_the_window(given: Sources) -> None:
    number = await given.submit()
    await given[ENSHI].act(number, ev.SupplementRequested((a_requirement(),)))
    await given.both.settle_down()
    given.hold(QIANJIANG, licence=a_record(state="02"))
    again = with_licence("m1", unchecked(check=LicenceCheck.VALID, checked_at=NOW), version=2)
    error = await refused_act(
        given[QIANJIANG], number, ev.Supplemented((again,), requirement_ids=("r1",)), idempotency_key="k1"
    )
    assert (error.reason, error.findings[0].path) == (Reason.LICENCE_INVALID, "materials[0].licence")


async def test_the_handlers_own_supplement_is_verified_as_well(given: Sources) -> None:
    number = await given.submit()
    await given[ENSHI].act(number, ev.SupplementRequested((a_requirement(),)))
    given.break_down(ENSHI)
    again = with_licence("m1", unchecked(check=LicenceCheck.VALID, checked_at=NOW), version=2)
    await given[ENSHI].act(number, ev.Supplemented((again,), requirement_ids=("r1",)))
    event = (await given[ENSHI].view(number)).events[-1].event
    assert event
    form = event.happening.materials[0].form  # type: ignore[union-attr]
    assert (form.check, form.checked_at) == (LicenceCheck.PENDING, None)


async def test_a_licence_that_came_after_the_look_stops_the_act_though_there_was_none_before(given: Sources) -> None:
    await given[QIANJIANG].upload(b"a sample file")
    number = await given.submit(materials=(a_material("m1", a_file()),))
    gate = given[ENSHI].gateway.licence_gate
    deed = Act("window", number, an_actor(), a_happening(ev.Accepted), given.both.clock())
    ready = await gate.before(deed)
    await given[ENSHI].act(number, ev.SupplementRequested((a_requirement(),)))
    await given.both.settle_down()
    licence = with_licence("m1", version=2)
    await given[QIANJIANG].act(number, ev.Supplemented((licence,), requirement_ids=("r1",)))
    await given.both.settle_down()
    row = (await given[ENSHI].view(number)).row
    assert ready
    with pytest.raises(GatewayError) as told:
        await given[ENSHI].gateway.database.read(lambda tx: ready(tx, row, an_event(), given.both.clock()))
    assert told.value.reason is Reason.STALE


async def test_a_source_that_is_down_at_the_handler_lets_the_act_go_on_and_is_asked_again(given: Sources) -> None:
    number = await given.submit()
    given.break_down(ENSHI)
    assert (await accept(given, number)).state is State.ACCEPTED
    assert await given.outcomes(ENSHI, number) == [("acceptance", "pending", "SOURCE_FILE")]
    given.hold(ENSHI, licence=a_record(state="04"))
    given.both.clock.pass_time(minutes=1)
    assert (await given[ENSHI].gateway.recheck_licences()).told == 1
    assert await given.told(ENSHI, number) == ["invalid m1"]
    assert (await refused_act(given[ENSHI], number, GRANTED)).reason is Reason.LICENCE_INVALID
    given.break_down(ENSHI)
    assert (await grant(given, number)).state is State.GRANTED


async def test_a_granted_case_is_asked_about_no_more(given: Sources) -> None:
    number = await given.submit()
    given.break_down(ENSHI)
    await accept(given, number)
    await grant(given, number)
    given.both.clock.pass_time(hours=1)
    assert (await given[ENSHI].gateway.recheck_licences()).asked == 0
    waits = await given[ENSHI].gateway.database.read(lambda tx: licence_checks.waits(tx, number, "m1"))
    assert not waits


async def test_an_act_that_is_refused_anyway_asks_nobody(given: Sources) -> None:
    number = await given.submit()
    source = Counting()
    given[ENSHI].gateway.licences = Licences(source)
    assert (await refused_act(given[ENSHI], number, a_happening(ev.Accepted), if_match=99)).reason is Reason.STALE
    assert (await refused_act(given[QIANJIANG], number, GRANTED)).reason is Reason.NOT_THE_HANDLER
    assert source.asked == []


async def test_the_same_act_again_gets_the_same_answer_whatever_the_source_says_now(given: Sources) -> None:
    number = await given.submit()
    first = await given[ENSHI].act(number, a_happening(ev.Accepted), idempotency_key="k1")
    given.hold(ENSHI, licence=a_record(state="07"))
    again = await given[ENSHI].act(number, a_happening(ev.Accepted), idempotency_key="k1")
    assert (again.event_id, again.repeated) == (first.event_id, True)


async def test_the_same_application_again_gets_the_same_answer_whatever_the_source_says_now(given: Sources) -> None:
    case = given.a_case()
    number = await given[QIANJIANG].submit(case)
    given.hold(QIANJIANG, licence=a_record(state="07"))
    assert await given[QIANJIANG].submit(case) == number


async def test_the_same_application_again_asks_nobody(given: Sources) -> None:
    source = Counting()
    given[QIANJIANG].gateway.licences = Licences(source)
    case = given.a_case()
    assert await given[QIANJIANG].submit(case) == await given[QIANJIANG].submit(case)
    assert len(source.asked) == 1


async def test_a_look_at_a_licence_leaves_a_trace_even_where_the_application_was_not_taken(given: Sources) -> None:
    given.hold(QIANJIANG, licence=a_record(state="07"))
    case = given.a_case()
    await refusal(given[QIANJIANG], case)
    assert await given.audited(QIANJIANG, case.origin_number) == [("gateway:500114", "invalid", "submission STATE")]


async def test_what_the_origin_accepted_by_a_power_is_looked_at_by_the_handler_at_once(tmp_path: Path) -> None:
    powers = {"powers": ["receive_and_accept"]}
    items = [agreement(QIANJIANG, ENSHI)["items"][0] | powers]
    async with sources(tmp_path, items=items) as given:
        number = await given.submit()
        given.hold(ENSHI, licence=a_record(state="07"))
        assert await given[QIANJIANG].act(number, a_happening(ev.Accepted))
        assert (await given.outcomes(QIANJIANG, number))[-1] == ("acceptance", "valid", "")
        await given.both.settle_down()
        assert await given[ENSHI].state(number) is State.ACCEPTED
        await given[ENSHI].gateway.recheck_licences()
        assert await given.told(ENSHI, number) == ["invalid m1"]
        assert (await refused_act(given[ENSHI], number, GRANTED)).reason is Reason.LICENCE_INVALID


async def test_what_silence_accepted_is_looked_at_at_once(given: Sources) -> None:
    licensing = a_definition(basic_code=CARD, item_type="01", materials=(), form_schema="")
    await given[ENSHI].publish(licensing)
    await given.both.ask_for_items()
    number = await given[QIANJIANG].submit(given.a_case())
    await given.both.settle_down()
    await given.both.pass_time(days=8)
    await given[ENSHI].gateway.time_limits.run_out()
    assert await given[ENSHI].state(number) is State.ACCEPTED
    assert (await given[ENSHI].gateway.recheck_licences()).told == 1
    assert await given.told(ENSHI, number) == ["valid m1"]


async def test_what_the_case_lacks_and_what_is_invalid_are_told_together(given: Sources) -> None:
    demanded = (ItemMaterial("A001", "一寸免冠照片"), ItemMaterial("B001", "居民身份证", licence_type_code=CARD_TYPE))
    item = a_definition(basic_code=CARD, item_type="01", materials=demanded, form_schema="")
    await given[ENSHI].publish(item)
    await given.both.ask_for_items()
    given.hold(QIANJIANG, licence=a_record(state="07"))
    error = await refusal(given[QIANJIANG], given.a_case(materials=(listed(with_licence()),)))
    assert error.reason is Reason.REQUIREMENTS_NOT_MET
    assert {"materials", "materials[0].licence"} <= {one.path for one in error.findings}
    assert error.facts["count"] == len(error.findings)


async def test_a_type_that_cannot_be_called_has_to_be_uploaded(given: Sources, tmp_path: Path) -> None:
    demanded = (ItemMaterial("B001", "居民户口簿", licence_type_code=BOOK_TYPE),)
    await given[ENSHI].publish(a_definition(basic_code=CARD, item_type="01", materials=demanded, form_schema=""))
    await given.both.ask_for_items()
    given.connect(QIANJIANG, callable_types(tmp_path))
    book = unchecked(an_identifier(kind=BOOK_TYPE), type_code=BOOK_TYPE)
    error = await refusal(given[QIANJIANG], given.a_case(materials=(listed(with_licence(reference=book)),)))
    assert error.reason is Reason.REQUIREMENTS_NOT_MET
    assert "上传" in error.findings[0].fix.zh
    await given[QIANJIANG].upload(b"a sample file")
    upload = a_material("m1", a_file(), name="居民户口簿", list_code="B001")
    assert await given[QIANJIANG].submit(given.a_case(materials=(upload,)))


async def test_a_type_that_cannot_be_called_is_pending_where_no_list_demands_anything(
    given: Sources, tmp_path: Path
) -> None:
    given.connect(QIANJIANG, callable_types(tmp_path))
    book = unchecked(an_identifier(kind=BOOK_TYPE), type_code=BOOK_TYPE)
    number = await given.submit(materials=(with_licence(reference=book),))
    assert await given.outcomes(QIANJIANG, number) == [("submission", "pending", "NOT_CALLABLE")]
    given.both.clock.pass_time(days=1)
    assert (await given[QIANJIANG].gateway.recheck_licences()).asked == 0


async def test_nothing_is_accepted_on_a_licence_that_came_while_another_was_looked_up(given: Sources) -> None:
    number = await given.submit()
    renewed = an_identifier("20260000009")
    given.hold_all(QIANJIANG, {renewed: a_record()})

    class Meanwhile(Counting):
        async def verify(self, enquiry: Enquiry) -> LicenceAnswer | None:
            await given[ENSHI].act(number, ev.SupplementRequested((a_requirement(),)))
            await given.both.settle_down()
            better = with_licence("m1", unchecked(renewed), version=2)
            await given[QIANJIANG].act(number, ev.Supplemented((better,), requirement_ids=("r1",)))
            await given.both.settle_down()
            return await super().verify(enquiry)

    given[ENSHI].gateway.licences = Licences(Meanwhile())
    assert (await refused_act(given[ENSHI], number, a_happening(ev.Accepted))).reason is Reason.STALE
    assert await given[ENSHI].state(number) is State.WITH_HANDLER


async def test_the_platform_over_http_does_the_same(given: Sources, tmp_path: Path) -> None:
    async with a_platform() as platform, http_source(platform, tmp_path) as source:
        given[QIANJIANG].gateway.licences = Licences(source)
        platform.licences[an_identifier()] = a_record()
        number = await given.submit()
        assert await given.outcomes(QIANJIANG, number) == [("submission", "valid", "")]
        platform.licences[an_identifier()] = a_record(valid_to="2026-10-01")
        assert (await refusal(given[QIANJIANG], given.a_case())).reason is Reason.LICENCE_INVALID
        platform.odd["queryCertInfo"] = (500, b"")
        later = await given.submit()
        assert await given.outcomes(QIANJIANG, later) == [("submission", "pending", "ODD_ANSWER")]


def test_tries_come_further_apart_up_to_a_bound() -> None:
    gaps = [gap_after(tries) for tries in range(60)]
    assert gaps[0] == timedelta(minutes=2)
    assert gaps == sorted(gaps)
    assert gaps[-1] == LONGEST_GAP


def listed(material: Material) -> Material:
    return replace(material, list_code="B001")
