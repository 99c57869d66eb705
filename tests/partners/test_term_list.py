"""The terms of agreements one by one: equal on both sides when the fingerprint is, and named when they differ."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from gateway.case.kinds import Power
from gateway.case.model import Mode
from gateway.partners.mirror import agreements_fingerprint
from gateway.partners.term_list import LONGEST_VALUE, Term, differing, terms_of
from gateway.partners.terms import AgreedItem, Agreement, Direction, LocalCodes, StepLimits

OURS, THEIRS = "422800", "500114"
OTHER = {Direction.OUTWARD: Direction.INWARD, Direction.INWARD: Direction.OUTWARD}


def an_agreement(**changes: object) -> Agreement:
    facts: dict[str, object] = {
        "number": "示例通办协〔2026〕1号",
        "title": "合作协议 (示例)",
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2028, 12, 31),
        "our_scope": (OURS,),
        "their_scope": (THEIRS,),
        "items": (
            AgreedItem(
                name="社会保障卡申领",
                basic="000120011000",
                modes=(Mode.ENTRUSTED,),
                directions=(Direction.OUTWARD,),
                powers=(Power.VERIFY_ORIGINALS,),
            ),
            AgreedItem(
                name="本地事项",
                local=LocalCodes(ours="422800000001", theirs="500114000002"),
                modes=(Mode.ENTRUSTED, Mode.ONLINE),
                directions=(Direction.OUTWARD, Direction.INWARD),
            ),
        ),
    }
    return Agreement(**facts | changes)  # type: ignore[arg-type]


def mirrored(one: Agreement) -> Agreement:
    """The same agreement as the other side writes it."""
    items = tuple(
        replace(
            item,
            directions=tuple(OTHER[way] for way in item.directions),
            local=LocalCodes(ours=item.local.theirs, theirs=item.local.ours) if item.local else None,
        )
        for item in one.items
    )
    return replace(one, our_scope=one.their_scope, their_scope=one.our_scope, items=items)


def here(*agreements: Agreement) -> tuple[Term, ...]:
    return terms_of(agreements, ours=OURS, theirs=THEIRS)


def there(*agreements: Agreement) -> tuple[Term, ...]:
    return terms_of(agreements, ours=THEIRS, theirs=OURS)


def test_both_sides_write_the_same_terms_for_the_same_agreement() -> None:
    one = an_agreement()
    assert here(one) == there(mirrored(one))
    assert differing(here(one), there(mirrored(one))) == ()


@given(st.sampled_from(["valid_to", "scope", "modes", "powers", "limits", "directions", "number", "item"]))
def test_whatever_changes_the_fingerprint_is_named(what: str) -> None:
    one = an_agreement()
    first, second = one.items
    changed = {
        "valid_to": replace(one, valid_to=date(2027, 1, 1)),
        "scope": replace(one, their_scope=("500157",)),
        "modes": replace(one, items=(replace(first, modes=(Mode.ONLINE,)), second)),
        "powers": replace(one, items=(replace(first, powers=()), second)),
        "limits": replace(one, items=(replace(first, limits=StepLimits(mail_workdays=5)), second)),
        "directions": replace(one, items=(first, replace(second, directions=(Direction.INWARD,)))),
        "number": replace(one, number="示例通办协〔2026〕2号"),
        "item": replace(one, items=(first,)),
    }[what]
    theirs = mirrored(changed)
    mine = agreements_fingerprint([one], ours=OURS, theirs=THEIRS)
    assert mine != agreements_fingerprint([theirs], ours=THEIRS, theirs=OURS)
    found = differing(here(one), there(theirs))
    assert found
    assert all(one.said.zh and one.said.en for one in found)
    expected = {"number": 2}.get(what, 1)
    assert len(found) == expected, "an agreement or item that is lacking is one difference, not one for each term"


def test_a_difference_reads_as_a_sentence() -> None:
    one = an_agreement()
    (found,) = differing(here(one), there(mirrored(replace(one, valid_to=date(2027, 1, 1)))))
    assert found.said.zh == "示例通办协〔2026〕1号 截止日期: 我方 2028-12-31, 对方 2027-01-01"
    (lacking,) = differing(here(one), there(mirrored(replace(one, items=one.items[:1]))))
    assert lacking.said.en.endswith("item 422800000001+500114000002: only our file has it")


def test_terms_a_side_does_not_know_are_named_as_they_come() -> None:
    one = here(an_agreement())
    newer = (*one, Term("示例通办协〔2026〕1号", "escrow", "yes"))
    (found,) = differing(one, newer)
    assert (found.term, found.here, found.there) == ("escrow", None, "yes")


def test_a_long_list_is_compared_by_its_digest() -> None:
    many = tuple(f"{code:06d}" for code in range(420000, 420700))
    (scope,) = [one for one in here(an_agreement(our_scope=many)) if one.term == f"scope/{OURS}"]
    assert scope.value.startswith("sha256 ")
    assert len(scope.value) < LONGEST_VALUE
