"""A gateway that is wrong in one thing fails exactly the checks that ask for it, and what follows from it.

A receipt for something that is not kept is told again by 8.6 (it is missing from the day) and 10.1 (a case that is not
there cannot be withdrawn).
"""

import pytest

from gateway.case.reasons import Reason as Word
from gateway.kit.conformance.catalogue import checks
from gateway.trust.keys import new_key
from gateway.trust.suites import P256, KeyUse
from tests.kit import wrong_gateways as wrong
from tests.kit.kit_build import failed, stage

WAITING = {"7.2", "7.10"}
"""In these real time passes; made where they matter."""
STRANGE = new_key(KeyUse.SEAL, P256)
TOKENS = [word for word in Word if word.value.startswith("TOKEN_")]
ALL_TOKENS = {f"2.{place}" for place in range(1, 15)} - {"2.11"}
GONE = {"8.6", "10.1"}

BENT = {
    "a repeat gets another batch": (wrong.flows_of(receive=wrong.answers_anew), {"4.3", "4.4", "4.6", "8.1"}),
    "receipts without a signature": (wrong.batches(wrong.unsigned), {"4.2", "10.3"}),
    "receipts by a key nobody knows": (wrong.resealed(lambda batch: batch, STRANGE), {"4.2", "10.3"}),
    "receipts with another digest": (wrong.resealed(wrong.other_digests), {"4.2", "10.3"}),
    "receipts for somebody else": (wrong.resealed(wrong.other_sender), {"4.2", "10.3"}),
    "receipts without versions": (wrong.resealed(wrong.no_versions), {"4.1", "6.1"}),
    "takes the same id with another payload": (wrong.accepting(Word.ENVELOPE_ID_CONFLICT), {"4.5"}),
    "takes what it holds again": (wrong.accepting(Word.ALREADY_HELD), {"4.7", "4.8", "8.6"}),
    "takes what is for others": (wrong.accepting(Word.WRONG_RECIPIENT), {"5.1", *GONE}),
    "takes what others should have sent": (wrong.accepting(Word.SENDER_NOT_CALLER), {"5.2", *GONE}),
    "believes any signature": (wrong.accepting(Word.SEAL_SIGNATURE), {"4.10", "5.3", "8.6"}),
    "believes any key": (wrong.accepting(Word.SEAL_KEY_UNKNOWN), {"5.4", "8.6"}),
    "believes a token key": (wrong.accepting(Word.SEAL_KEY_USE), {"5.5", "8.6"}),
    "takes any payload type": (wrong.accepting(Word.PAYLOAD_TYPE), {"5.6", "8.6"}),
    "takes any number of signatures": (wrong.accepting(Word.MALFORMED_SEAL), {"5.7", "8.6"}),
    "takes codes nobody defined": (wrong.accepting(Word.UNKNOWN_CODE), {"5.8", "5.9", *GONE}),
    "judges versions it does not know": (wrong.accepting(Word.VERSION_NOT_KNOWN), {"5.11", *GONE}),
    "takes what is past its end": (wrong.accepting(Word.EXPIRED), {"5.14", *GONE}),
    "takes what nobody agreed": (wrong.accepting(Word.OUTSIDE_AGREEMENT), {"5.15", "5.16", *GONE}),
    "takes any number of a case": (wrong.accepting(Word.CASE_NUMBER), {"5.17", *GONE}),
    "knows no order": (wrong.accepting(Word.PREDECESSOR_MISSING), {"6.2", "6.3", "6.8", "8.6"}),
    "lets the origin decide": (wrong.accepting(Word.NOT_THE_HANDLER, Word.LIFECYCLE), {"6.7", "10.2", "8.6"}),
    "does not wait for files": (wrong.accepting(Word.MATERIALS_MISSING), {"7.1", *GONE}),
    "does not keep its promise": (wrong.accepting(Word.DECLARED_NEVER_SEEN), {"8.2", *GONE}),
    "says that every file is there": (wrong.flows_of(check_materials=wrong.has_everything), {"7.1", "7.4", "7.6"}),
    "gives files to anyone": (wrong.flows_of(get_material=wrong.gives_anything), {"7.9"}),
    "shows cases to anyone": (wrong.flows_of(get_envelopes=wrong.shows_cases_to_anyone), {"8.5"}),
    "gives half of a case": (wrong.flows_of(get_envelopes=wrong.gives_half_the_envelopes), {"8.4"}),
    "counts a day wrong": (wrong.flows_of(reconcile=wrong.counts_wrong), {"8.6"}),
    "loses what it settled": (wrong.flows_of(reconcile=wrong.loses_lines), {"8.6"}),
    "is another region": (wrong.describing(lambda said: wrong.replace(said, region="500114")), {"3.1"}),
    "lists no methods": (wrong.describing(lambda said: wrong.replace(said, features=())), set()),
    "has no life": (wrong.describing(wrong.new_life_each_time()), {"3.5"}),
    "has a wrong clock": (wrong.describing(wrong.two_minutes_ahead), {"3.4"}),
    "reads another agreement": (
        wrong.describing(lambda said: wrong.replace(said, agreement_fingerprint=b"\x01" * 32)),
        {"3.7"},
    ),
    "does not keep its rate": (wrong.unlimited, {"11.5"}),
    "remembers tokens for ever": (wrong.remembers_tokens_for_ever, {"2.14"}),
}

DOORS = {
    "asks for no token": (wrong.door(forgiving=TOKENS), ALL_TOKENS),
    "believes tokens of others": (wrong.door(forgiving=[Word.TOKEN_NOT_BOUND]), {"2.13"}),
    "believes tokens for others": (wrong.door(forgiving=[Word.TOKEN_AUDIENCE]), {"2.9"}),
    "believes old tokens": (wrong.door(forgiving=[Word.TOKEN_EXPIRED]), {"2.10", "2.14"}),
    "believes tokens that live long": (wrong.door(forgiving=[Word.TOKEN_LIFETIME]), {"2.12"}),
    "believes any region of an authority": (wrong.door(forgiving=[Word.PARTNER_UNKNOWN]), {"1.5"}),
    "asks for no certificate": (
        wrong.door(certificates=False, forgiving=[Word.CERTIFICATE_MISSING, *TOKENS]),
        {"1.3", "1.4", "1.5", "1.6", *ALL_TOKENS},
    ),
}


def without(numbers: set[str]) -> list[str]:
    return [check.number for check in checks() if check.number not in numbers]


QUICK = {
    "asks for no token",
    "a repeat gets another batch",
    "receipts without a signature",
    "takes what is for others",
    "takes codes nobody defined",
}


def named(table: dict) -> list:
    """The rows of a table; all but a few take their time with the whole catalogue."""
    return [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in table]


@pytest.mark.parametrize("name", named(BENT))
async def test_a_gateway_that_is_wrong_in_one_thing_fails_where_it_should(tmp_path, name):
    bend, expected = BENT[name]
    async with stage(tmp_path, bend) as on:
        report = await on.examine(*without(WAITING))
        assert failed(report).keys() == expected, failed(report)


@pytest.mark.parametrize("name", named(DOORS))
async def test_a_door_that_is_wrong_in_one_thing_fails_where_it_should(tmp_path, name):
    door, expected = DOORS[name]
    async with stage(tmp_path, door=door) as on:
        report = await on.examine(*without(WAITING))
        assert failed(report).keys() == expected, failed(report)


async def test_a_gateway_that_forgets_what_came_of_a_file_fails_where_it_should(tmp_path):
    async with stage(tmp_path, wrong.flows_of(check_materials=wrong.forgets_offsets)) as on:
        assert failed(await on.examine("7")).keys() == {"7.2", "7.10"}


async def test_a_gateway_that_says_no_reasons_fails_wherever_one_is_asked_for(tmp_path):
    async with stage(tmp_path, door=wrong.door(speechless=True)) as on:
        found = failed(await on.examine(*without(WAITING)))
        # Answers to single envelopes and receipts still say why.
        assert {number.split(".")[0] for number in found} == {"2", "7", "8", "11"}
        assert found.keys() >= ALL_TOKENS
