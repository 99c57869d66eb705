"""What another region's gateway must not get away with; each refusal has its own reason and leaves no case behind."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.code.numbers import make_case_number
from gateway.case.errors import GatewayError
from gateway.case.model import Case, OfficePlace
from gateway.case.reasons import Reason
from gateway.flows.delivery.courier import Manifest
from gateway.flows.opening import open_receipts
from gateway.flows.sealing import SealedObject
from gateway.wire.codec import sealed_from_bytes
from gateway.wire.envelope import Outcome, Receipt
from tests.build import a_digest, a_file, a_material
from tests.flows.regions import Region, Regions, pieces, regions

ENSHI, QIANJIANG, XIANGXI = "422800", "500114", "433100"


def sealed_by(
    sender: Region, body: Case | ev.Event, *, to: str, case_id: str, sequence: int = 1, **rest: int
) -> SealedObject:
    """What a gateway of `sender` that obeys nobody would seal."""
    return sender.gateway.sealer.envelope(
        body, recipient=to, case_id=case_id, sequence=sequence, now=sender.clock(), case_version=rest.get("version")
    )


def a_numbered_case(sender: Region, to: str, **changes: object) -> Case:
    case = sender.a_case(to, **changes)
    return replace(case, number=make_case_number(sender.code, sender.clock(), sender.gateway.world.draw))


async def answer_of(recipient: Region, caller: Region, made: SealedObject) -> str:
    """The reason word with which the recipient answers, empty when it accepts."""
    answers = await recipient.gateway.receive([sealed_from_bytes(made.sealed)], caller.code)
    (answer,) = answers.answers
    if answer.problem:
        return answer.problem.reason
    receipt = await receipt_of(recipient, caller, made, answers.receipt_batches[answer.receipt_batch_index or 0])
    return receipt.refusal.reason if receipt.refusal else ""


async def receipt_of(recipient: Region, caller: Region, made: SealedObject, batch: bytes) -> Receipt:
    keys = caller.gateway.keys_of(recipient.code)
    opened = open_receipts(batch, recipient.code, caller.code, keys, caller.clock(), "")
    (receipt,) = [one for one in opened.receipts if one.envelope_id == made.object_id]
    assert receipt.payload_sha256 == made.payload_sha256
    return receipt


async def an_open_case(all_regions: Regions) -> str:
    origin = all_regions[QIANJIANG]
    number = await origin.submit(origin.a_case(to=ENSHI))
    await all_regions.settle_down()
    return number


def an_event(region: Region, happening: ev.Happening, **changes: object) -> ev.Event:
    now = region.clock()
    actor = ev.Actor("覃远山", "433101000000")
    event = ev.Event(region.gateway.world.new_id(), actor, now, now, happening)
    return replace(event, **changes)


async def test_an_envelope_signed_by_another_regions_key(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, XIANGXI) as all_regions:
        liar, enshi = all_regions[XIANGXI], all_regions[ENSHI]
        case = a_numbered_case(all_regions[QIANJIANG], ENSHI)
        forged = replace(liar.gateway.sealer, region=QIANJIANG).envelope(
            case, recipient=ENSHI, case_id=case.number, sequence=1, now=liar.clock()
        )
        assert await answer_of(enshi, all_regions[QIANJIANG], forged) == "SEAL_KEY_UNKNOWN"
        assert await answer_of(enshi, liar, forged) == "SENDER_NOT_CALLER"


async def test_an_envelope_for_another_recipient(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, XIANGXI) as all_regions:
        sender = all_regions[QIANJIANG]
        case = a_numbered_case(sender, XIANGXI)
        made = sealed_by(sender, case, to=XIANGXI, case_id=case.number)
        assert await answer_of(all_regions[ENSHI], sender, made) == "WRONG_RECIPIENT"


async def test_an_expired_envelope_is_refused_for_good(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        sender, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        case = a_numbered_case(sender, ENSHI)
        made = sealed_by(sender, case, to=ENSHI, case_id=case.number)
        all_regions.clock.pass_time(days=8)
        assert await answer_of(enshi, sender, made) == "EXPIRED"
        assert await answer_of(enshi, sender, made) == "EXPIRED", "and the refusal is repeated"


async def test_a_replayed_id_with_another_payload_is_a_conflict_and_never_stored(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        sender, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        case = a_numbered_case(sender, ENSHI)
        first = sealed_by(sender, case, to=ENSHI, case_id=case.number)
        again = replace(sender.gateway.sealer, new_id=lambda: first.object_id)
        other = again.envelope(
            replace(case, summary="另一内容"), recipient=ENSHI, case_id=case.number, sequence=1, now=sender.clock()
        )
        assert other.object_id == first.object_id
        assert await answer_of(enshi, sender, first) == ""
        assert await answer_of(enshi, sender, other) == "ENVELOPE_ID_CONFLICT"
        assert (await enshi.view(case.number)).case.summary == case.summary


@pytest.mark.parametrize("flip", [0, 40, -1])
async def test_a_flipped_byte_breaks_the_seal(tmp_path: Path, flip: int) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        sender, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        case = a_numbered_case(sender, ENSHI)
        sealed = sealed_from_bytes(sealed_by(sender, case, to=ENSHI, case_id=case.number).sealed)
        payload = bytearray(sealed.payload)
        payload[flip] ^= 1
        answers = await enshi.gateway.receive([replace(sealed, payload=bytes(payload))], QIANJIANG)
        assert answers.answers[0].problem
        assert answers.answers[0].problem.reason == "SEAL_SIGNATURE"


async def test_an_event_on_a_case_to_which_the_caller_is_no_party(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, XIANGXI) as all_regions:
        number = await an_open_case(all_regions)
        stranger = all_regions[XIANGXI]
        made = sealed_by(stranger, an_event(stranger, ev.Withdrawn()), to=ENSHI, case_id=number, sequence=2)
        assert await answer_of(all_regions[ENSHI], stranger, made) == "NOT_A_PARTY"


async def test_a_material_asked_for_by_somebody_who_is_no_party(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, XIANGXI) as all_regions:
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        content = b"scan" * 100
        await origin.upload(content)
        number = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(content)),)))
        await all_regions.settle_down()
        with pytest.raises(GatewayError) as refused:
            await enshi.gateway.transfer.get_material(XIANGXI, number, a_digest(content), 0)
        assert refused.value.reason is Reason.NOT_A_PARTY
        with pytest.raises(GatewayError) as foreign:
            await enshi.gateway.transfer.get_material(QIANJIANG, number, a_digest(b"other"), 0)
        assert foreign.value.reason is Reason.MATERIAL_NOT_OF_CASE


async def test_a_material_digest_never_uploaded_for_this_case_counts_as_missing(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        content = b"scan" * 100
        await origin.upload(content)
        await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(content)),)))
        await all_regions.settle_down()
        second = a_numbered_case(origin, ENSHI, materials=(a_material("m1", a_file(content)),))
        made = sealed_by(origin, second, to=ENSHI, case_id=second.number)
        assert await answer_of(enshi, origin, made) == "MATERIALS_MISSING", "known from another case is not enough"
        with pytest.raises(GatewayError) as refused:
            await enshi.gateway.transfer.put_material(QIANJIANG, second.number, a_digest(content), 0, pieces(content))
        assert refused.value.reason is Reason.MATERIAL_NOT_OF_CASE


async def test_materials_of_a_case_that_would_be_refused_are_refused_before_a_byte_moves(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        case = a_numbered_case(origin, ENSHI)
        manifest = Manifest(
            case.number, "000136001000", case.mode, case.origin.division, case.handler.division, (("0" * 64, 5),)
        )
        with pytest.raises(GatewayError) as refused:
            await enshi.gateway.transfer.check_materials(QIANJIANG, manifest)
        assert refused.value.reason is Reason.OUTSIDE_AGREEMENT


async def test_a_case_number_that_lacks_the_senders_code(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, XIANGXI) as all_regions:
        sender = all_regions[QIANJIANG]
        case = a_numbered_case(sender, ENSHI)
        number = make_case_number(XIANGXI, sender.clock(), lambda n: 3 % n)
        made = sealed_by(sender, replace(case, number=number), to=ENSHI, case_id=number)
        assert await answer_of(all_regions[ENSHI], sender, made) == "CASE_NUMBER"


async def test_a_case_for_a_division_that_is_not_the_recipients(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        sender = all_regions[QIANJIANG]
        case = replace(a_numbered_case(sender, ENSHI), handler=OfficePlace("433101000000"))
        made = sealed_by(sender, case, to=ENSHI, case_id=case.number)
        assert await answer_of(all_regions[ENSHI], sender, made) == "OUTSIDE_AGREEMENT"


async def test_only_the_handler_decides(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        number = await an_open_case(all_regions)
        origin = all_regions[QIANJIANG]
        with pytest.raises(GatewayError) as refused:
            await origin.act(number, ev.Accepted("自行受理"))
        assert refused.value.reason is Reason.NOT_THE_HANDLER
        made = sealed_by(origin, an_event(origin, ev.Accepted("自行受理")), to=ENSHI, case_id=number, sequence=2)
        assert await answer_of(all_regions[ENSHI], origin, made) == "NOT_THE_HANDLER"


async def test_the_origin_may_accept_where_the_agreement_grants_it(tmp_path: Path) -> None:
    granted = {
        "name": "社会保障卡",
        "basic": "000120011000",
        "modes": ["entrusted"],
        "directions": ["outward", "inward"],
    }
    items = [granted | {"powers": ["receive_and_accept"]}]
    async with regions(tmp_path, QIANJIANG, ENSHI, items=items) as all_regions:
        number = await an_open_case(all_regions)
        await all_regions[QIANJIANG].act(number, ev.Accepted("恩人社受〔2026〕00001号"))
        await all_regions.settle_down()
        view = await all_regions[ENSHI].view(number)
        (accepted,) = [one.event for one in view.events if one.row.kind == "Accepted"]
        assert accepted
        assert accepted.grant
        assert accepted.grant.agreement_number == view.row.agreement


async def test_an_event_that_comes_before_its_predecessor_is_asked_to_wait(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        number = await an_open_case(all_regions)
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        late = sealed_by(origin, an_event(origin, ev.Note("二")), to=ENSHI, case_id=number, sequence=3)
        assert await answer_of(enshi, origin, late) == "PREDECESSOR_MISSING"
        first = sealed_by(origin, an_event(origin, ev.Note("一")), to=ENSHI, case_id=number, sequence=2)
        assert await answer_of(enshi, origin, first) == ""
        assert await answer_of(enshi, origin, late) == ""


async def test_a_refused_event_has_used_its_number_up(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        number = await an_open_case(all_regions)
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        refused = sealed_by(
            origin, an_event(origin, ev.Supplemented(form_json="{}")), to=ENSHI, case_id=number, sequence=2
        )
        assert await answer_of(enshi, origin, refused) == "LIFECYCLE"
        next_one = sealed_by(origin, an_event(origin, ev.Note("一")), to=ENSHI, case_id=number, sequence=3)
        assert await answer_of(enshi, origin, next_one) == ""


async def test_the_same_event_in_a_second_envelope_is_already_held(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        number = await an_open_case(all_regions)
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        event = an_event(origin, ev.Note("一"))
        assert await answer_of(enshi, origin, sealed_by(origin, event, to=ENSHI, case_id=number, sequence=2)) == ""
        again = sealed_by(origin, event, to=ENSHI, case_id=number, sequence=3)
        assert await answer_of(enshi, origin, again) == "ALREADY_HELD"


async def test_an_envelope_declared_never_seen_is_refused_from_then_on(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        sender, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        case = a_numbered_case(sender, ENSHI)
        made = sealed_by(sender, case, to=ENSHI, case_id=case.number)
        recalled = await enshi.gateway.get_receipts(QIANJIANG, [made.object_id])
        assert recalled.never_seen == (made.object_id,)
        assert await answer_of(enshi, sender, made) == "DECLARED_NEVER_SEEN"


async def test_one_bad_envelope_of_a_batch_does_not_spoil_the_others(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        sender, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        cases = [a_numbered_case(sender, ENSHI) for _ in range(3)]
        made = [sealed_by(sender, case, to=ENSHI, case_id=case.number) for case in cases]
        sealed = [sealed_from_bytes(one.sealed) for one in made]
        sealed[1] = replace(sealed[1], payload_type="application/octet-stream")
        answers = await enshi.gateway.receive([*sealed, sealed[0]], QIANJIANG)
        assert [answer.receipt_batch_index for answer in answers.answers] == [0, None, 0, 0]
        assert len(answers.receipt_batches) == 1, "one signature for the call"
        receipts = open_receipts(
            answers.receipt_batches[0], ENSHI, QIANJIANG, sender.gateway.keys_of(ENSHI), sender.clock(), ""
        ).receipts
        assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}
        assert {hashlib.sha256(one.payload).digest() for one in (sealed[0], sealed[2])} == {
            receipt.payload_sha256 for receipt in receipts
        }


async def test_an_envelope_past_its_end_is_given_up_only_after_the_partner_said_never_seen(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        origin.courier.down.add(ENSHI)
        number = await origin.submit(origin.a_case(to=ENSHI))
        all_regions.clock.pass_time(days=7, minutes=6)
        assert (await origin.gateway.sweep()).given_up == 0, "nobody could be asked: its fate is unknown"
        assert (await origin.view(number)).row.standing.state.value == "forwarded"
        origin.courier.down.clear()
        all_regions.clock.pass_time(minutes=1)
        assert (await origin.gateway.sweep()).given_up == 1
        assert (await origin.view(number)).row.standing.state.value == "undeliverable"
        assert await origin.feed() == [("not_handed_over", number)]
