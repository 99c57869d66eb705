"""The connection test against real gateways over TLS: what they think of us, what they say, and the sealed way there and back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gateway.app.onboarding import connection_test, served_features
from gateway.case.days import day_in_china
from gateway.flows.onboarding.steps import STEPS, Fault, Mark
from gateway.flows.onboarding.trial_envelope import trial_envelope
from gateway.flows.restored.reconcile import held
from gateway.partners.schema import Use
from gateway.peering.served import PeeringFlows
from gateway.trust.keys import new_key
from gateway.trust.suites import P256, KeyUse
from gateway.trust.tls import issue
from gateway.wire.codec import sealed_from_bytes
from gateway.wire.reconcile import DayAsked, Direction
from tests.certificates import ENSHI, HOSTS, QIANJIANG, XIANGXI, region, wall_clock
from tests.flows.onboarding.onboarding_build import failing, marks, stopped_at, trying
from tests.flows.peering.peering_build import description, door
from tests.flows.regions import a_world, regions

BEYOND = timedelta(minutes=10)


async def describe(caller, *, with_terms=False):
    return description(time=datetime.now(UTC), features=served_features())


SERVED = PeeringFlows(describe=describe)


def partner_of(ours, code):
    partner = ours.gateway.registry.current().of(code)
    assert partner is not None
    return partner


def _of_yesterday(code):
    return issue(region(code).authority, code, HOSTS, wall_clock() - timedelta(hours=20), 365)


async def counted(of, table, where="1 = 1"):
    def count(tx):
        return next(iter(tx.rows(f"SELECT count(*) FROM {table} WHERE {where}", {})))[0]

    return await of.gateway.database.read(count)


async def test_two_gateways_pass_every_step_both_ways_and_no_case_is_left(tmp_path: Path):
    async with regions(tmp_path, ENSHI, QIANJIANG, wires="grpc") as two:
        for ours, theirs in ((two[QIANJIANG], two[ENSHI]), (two[ENSHI], two[QIANJIANG])):
            before = await counted(theirs, "audit")
            for seed in (91, 92):
                async with connection_test(ours.settings, a_world(two.clock, seed)) as try_connection:
                    trial = await try_connection(partner_of(ours, theirs.code))
                assert marks(trial) == dict.fromkeys(STEPS, Mark.PASSED), [step.said.en for step in trial.steps]
                assert [step.number for step in trial.steps] == list(range(1, 13))
            assert await counted(theirs, "cases") == 0
            assert await counted(theirs, "events") == 0
            assert await theirs.feed() == []
            assert await counted(theirs, "audit") == before + 2
            assert await counted(theirs, "audit", "act = 'envelope.refused'") >= 2
            assert await counted(theirs, "audit", "act = 'envelope.rejected'") == 0
            assert await counted(ours, "outbox") == 0


async def test_the_test_envelope_lies_outside_every_day_that_regions_compare(tmp_path: Path):
    async with regions(tmp_path, ENSHI, QIANJIANG, wires="grpc") as two:
        ours, theirs = two[QIANJIANG], two[ENSHI]
        async with connection_test(ours.settings, a_world(two.clock, 93)) as try_connection:
            assert (await try_connection(partner_of(ours, ENSHI))).is_ok
        assert await counted(theirs, "inbox") == 1
        today = day_in_china(two.clock())

        def count(tx):
            asked = [DayAsked(today - timedelta(days=back), Direction.FROM_CALLER) for back in range(40)]
            return sum(held(tx, QIANJIANG, one, one.direction.turned, two.clock()).count for one in asked)

        assert await theirs.gateway.database.read(count) == 0


async def test_a_gateway_that_does_not_trust_our_authority_breaks_off_and_we_are_told_whom_to_ask():
    async with door(SERVED) as there:
        there.server.trust([region(ENSHI).authority.certificate])
        async with trying() as try_connection:
            trial = await try_connection(there.partner())
    step = stopped_at(trial, "our_certificate", Fault.THEIRS)
    assert "SHA-256" in step.said.en
    assert "partners invite" in step.fix.en


async def test_a_partner_without_a_file_for_us_says_so_after_the_handshake():
    async with door(SERVED) as there, trying() as try_connection:
        there.heard.partners = []
        trial = await try_connection(there.partner())
    assert "PARTNER_UNKNOWN" in stopped_at(trial, "our_certificate", Fault.THEIRS).said.zh


async def test_a_partner_that_lacks_our_key_for_tokens_accepts_the_certificate_alone():
    async with door(SERVED) as there, trying() as try_connection:
        ours = region(QIANJIANG).as_partner()
        seals = tuple(key for key in ours.keys if key.use is Use.SEAL)
        there.heard.partners = [replace(ours, keys=seals, digest="without token keys")]
        trial = await try_connection(there.partner())
    step = stopped_at(trial, "token", Fault.THEIRS)
    assert "TOKEN_KEY_UNKNOWN" in step.said.en
    assert trial.of("our_certificate").mark is Mark.PASSED


@pytest.mark.parametrize(
    ("apart", "seen"), [(-BEYOND, "their clock is ahead of ours"), (BEYOND, "their clock is behind ours")]
)
async def test_clocks_far_apart_are_found_by_the_token_and_blamed_on_nobody(apart: timedelta, seen: str):
    def skewed() -> datetime:
        return wall_clock() + apart

    # Both certificates are a day old, so that their dates do not meet the skew before the token does.
    there_and_here = [replace(region(code), certified=_of_yesterday(code)) for code in (ENSHI, QIANJIANG)]
    async with (
        door(SERVED, there_and_here[0]) as there,
        trying(clock=skewed, certified=there_and_here[1].certified) as try_connection,
    ):
        trial = await try_connection(there.partner())
    step = stopped_at(trial, "token", Fault.BOTH)
    assert seen in step.said.en
    assert "NTP" in step.fix.zh


@pytest.mark.parametrize(
    ("seconds", "mark"), [(0, Mark.PASSED), (12, Mark.WARNING), (-12, Mark.WARNING), (45, Mark.FAILED)]
)
async def test_clocks_a_little_apart_are_measured(seconds: int, mark: Mark):
    async def late(caller, *, with_terms=False):
        return description(time=datetime.now(UTC) + timedelta(seconds=seconds), features=served_features())

    async with door(PeeringFlows(describe=late)) as there, trying() as try_connection:
        trial = await try_connection(there.partner())
    step = trial.of("clock")
    assert step.mark is mark
    if seconds:
        assert f"{abs(seconds)} s {'ahead' if seconds > 0 else 'behind'}" in step.said.en
        assert step.fault is Fault.BOTH


@pytest.mark.parametrize(
    ("theirs", "ours", "mark", "fault"),
    [
        (0, 0, Mark.PASSED, None),
        (1, 0, Mark.PASSED, None),
        (0, 1, Mark.WARNING, Fault.THEIRS),
        (0, 2, Mark.FAILED, Fault.THEIRS),
        (2, 0, Mark.FAILED, Fault.OURS),
    ],
)
async def test_neighbouring_versions_work_together_and_others_do_not(
    theirs: int, ours: int, mark: Mark, fault: Fault | None
):
    async def versioned(caller, *, with_terms=False):
        return description(time=datetime.now(UTC), features=served_features(), exchange_minor=theirs)

    async with door(PeeringFlows(describe=versioned)) as there, trying() as try_connection:
        trial = await replace(try_connection, minor=ours)(there.partner())
    assert (trial.of("version").mark, trial.of("version").fault) == (mark, fault)
    assert (trial.of("envelope").mark is Mark.SKIPPED) == (mark is Mark.FAILED)


async def test_a_partner_that_serves_too_little_is_named_with_what_it_lacks():
    async def bare(caller, *, with_terms=False):
        return description(time=datetime.now(UTC), features=())

    async with door(PeeringFlows(describe=bare)) as there, trying() as try_connection:
        trial = await try_connection(there.partner())
    step = failing(trial)
    assert (step.key, step.fault) == ("features", Fault.THEIRS)
    assert "rpc/DeliverEnvelopes" in step.said.zh
    assert trial.of("envelope").mark is Mark.SKIPPED
    assert trial.of("clock").mark is Mark.PASSED


async def test_a_program_that_answers_as_another_region_is_no_partner():
    async def liar(caller, *, with_terms=False):
        return description(time=datetime.now(UTC), region=XIANGXI)

    async with door(PeeringFlows(describe=liar)) as there, trying() as try_connection:
        trial = await try_connection(there.partner())
    stopped_at(trial, "description", Fault.THEIRS)


async def test_agreements_read_otherwise_are_told_term_by_term(tmp_path: Path):
    async with regions(tmp_path, ENSHI, QIANJIANG, wires="grpc") as two:
        ours = two[QIANJIANG]
        partner = partner_of(ours, ENSHI)
        changed = replace(partner.agreements[0], valid_to=date(2027, 1, 31))
        async with connection_test(ours.settings, a_world(two.clock, 94)) as try_connection:
            trial = await try_connection(replace(partner, agreements=(changed,)))
    step = failing(trial)
    assert (step.key, step.fault) == ("agreement", Fault.BOTH)
    assert "2027-01-31" in step.said.zh
    assert "2028-12-31" in step.said.zh
    assert trial.of("envelope").mark is Mark.PASSED


async def test_a_seal_by_a_key_the_partner_does_not_know_is_found_by_the_envelope_alone(tmp_path: Path):
    async with regions(tmp_path, ENSHI, QIANJIANG, wires="grpc") as two:
        ours = two[QIANJIANG]
        async with connection_test(ours.settings, a_world(two.clock, 95)) as try_connection:
            unknown = new_key(KeyUse.SEAL, P256, now=two.clock())
            other = replace(try_connection, sealer=replace(try_connection.sealer, key=lambda _: unknown))
            trial = await other(partner_of(ours, ENSHI))
    step = failing(trial)
    assert (step.key, step.fault) == ("envelope", Fault.THEIRS)
    assert "SEAL_KEY_UNKNOWN" in step.said.en


async def test_a_receipt_by_a_key_we_do_not_know_is_found_by_the_envelope_alone(tmp_path: Path):
    async with regions(tmp_path, ENSHI, QIANJIANG, wires="grpc") as two:
        ours = two[QIANJIANG]
        partner = partner_of(ours, ENSHI)
        known = tuple(key for key in partner.keys if key.use is Use.TOKEN)
        async with connection_test(ours.settings, a_world(two.clock, 96)) as try_connection:
            trial = await try_connection(replace(partner, keys=known))
    step = failing(trial)
    assert (step.key, step.fault) == ("envelope", Fault.BOTH)


async def test_the_test_envelope_has_ended_and_is_sealed_with_the_key_of_today(tmp_path: Path):
    async with regions(tmp_path, ENSHI, QIANJIANG) as two:
        sealer = two[QIANJIANG].gateway.sealer
        sent = trial_envelope(sealer, ENSHI, two.clock(), lambda n: n // 2)
    assert sent.expires_at < two.clock() - timedelta(days=300)
    assert sealed_from_bytes(sent.sealed).signatures[0].keyid == sealer.key(two.clock()).kid


async def test_what_an_introduction_lists_is_what_a_gateway_serves(tmp_path: Path):
    async with regions(tmp_path, ENSHI, QIANJIANG, wires="grpc") as two:
        ours = two[QIANJIANG]
        told = await ours.courier.describe(partner_of(ours, ENSHI))
    assert sorted(told.features) == sorted(served_features())
