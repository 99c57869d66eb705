"""What was asked of a partner snapshot before is answered from memory: the same answer, while that snapshot stands."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.partners import snapshot as snapshots
from gateway.partners.registry import Registry
from gateway.partners.snapshot import Partners
from tests.partners.partner_files import MEDICAL, TODAY, a_partner, an_agreement, checked, divisions, put
from tests.unit.partners.test_partner_routes import find


def read(folder: Path, registry: Registry, status: str = "active") -> Partners:
    put(folder, a_partner("500240", agreements=an_agreement("500240"), status=status), "500240")
    return registry.reload(checked(folder))


def test_the_same_question_gets_the_very_same_route_and_another_one_its_own(tmp_path: Path) -> None:
    partners = read(tmp_path, Registry(divisions()))
    first = find(partners)
    assert find(partners) is first
    other = find(partners, our_division="422802000000")
    assert other is not first
    assert other == first
    assert find(partners, on=TODAY + timedelta(days=1)) is not first


def test_a_refusal_is_not_remembered_as_an_answer(tmp_path: Path) -> None:
    partners = read(tmp_path, Registry(divisions()))
    for _ in range(2):
        with pytest.raises(GatewayError) as raised:
            find(partners, item=MEDICAL)
        assert raised.value.reason is Reason.ITEM_NOT_AGREED


def test_a_changed_file_is_asked_anew(tmp_path: Path) -> None:
    registry = Registry(divisions())
    assert find(read(tmp_path, registry)).partner.code == "500240"
    with pytest.raises(GatewayError) as raised:
        find(read(tmp_path, registry, status="paused"))
    assert raised.value.reason is Reason.PARTNER_PAUSED


def test_at_the_bound_everything_is_forgotten_and_answered_as_before(tmp_path: Path) -> None:
    partners = read(tmp_path, Registry(divisions()))
    first = find(partners)
    for n in range(snapshots.MOST_ANSWERS):
        partners.remember(("filler", n), n)
    again = find(partners)
    assert again is not first
    assert again == first
