"""How an edited folder becomes live: all or nothing per file."""

from pathlib import Path

import pytest

from gateway.case.errors import GatewayError
from gateway.case.model import Mode
from gateway.case.reasons import Reason
from gateway.partners.registry import Registry
from gateway.partners.routes import find_handler
from gateway.partners.schema import Use
from tests.partners.partner_files import CARD, OWN, TODAY, a_partner, an_agreement, checked, divisions, kid, put


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "partners"
    put(folder, a_partner())
    put(folder, a_partner("500114", agreements=an_agreement("500114")), "500114")
    return folder


@pytest.fixture
def registry(folder: Path) -> Registry:
    registry = Registry(divisions())
    registry.reload(checked(folder))
    return registry


def test_a_registry_begins_empty_and_takes_the_folder_in(registry: Registry) -> None:
    assert len(Registry(divisions()).current()) == 0
    assert sorted(partner.code for partner in registry.current()) == ["500114", "500240"]
    assert registry.findings == ()


def test_keys_are_found_by_their_thumbprint(registry: Registry) -> None:
    found = registry.current().by_kid(kid(500240))

    assert found
    partner, key = found
    assert (partner.code, key.use) == ("500240", Use.SEAL)
    assert registry.current().by_kid(kid(1)) is None


def test_a_snapshot_taken_before_a_reload_does_not_change(registry: Registry, folder: Path) -> None:
    before = registry.current()
    put(folder, a_partner().replace("short_name: 测试", "short_name: 改名"))
    registry.reload(checked(folder))

    old, new = before.of("500240"), registry.current().of("500240")
    assert old
    assert new
    assert (old.short_name, new.short_name) == ("测试", "改名")
    assert before.digest != registry.current().digest


def test_a_reload_without_changes_gives_the_same_digest(registry: Registry, folder: Path) -> None:
    put(folder, "# a comment\n" + a_partner())

    before = registry.current().digest

    assert registry.reload(checked(folder)).digest == before


def test_a_bad_edit_keeps_the_last_good_version_and_holds_up_no_other(registry: Registry, folder: Path) -> None:
    put(folder, a_partner().replace("status: active", "status: on"))
    put(folder, a_partner("500114", agreements=an_agreement("500114"), status="paused"), "500114")

    current = registry.reload(checked(folder))

    kept, changed = current.of("500240"), current.of("500114")
    assert kept
    assert changed
    assert kept.status.value == "active"
    assert changed.status.value == "paused"
    assert [finding.key for finding in registry.findings] == ["status"]
    assert registry.held_back == ("partners/500240-测试.yaml",)


def test_a_new_file_with_an_error_waits(registry: Registry, folder: Path) -> None:
    put(folder, "code: 1\n", "500101")

    assert len(registry.reload(checked(folder))) == 2
    assert registry.held_back == ("partners/500101-测试.yaml",)


def test_a_removed_file_closes_the_partner_to_new_cases_only(registry: Registry, folder: Path) -> None:
    (folder / "500240-测试.yaml").unlink()

    current = registry.reload(checked(folder))

    closed = current.of("500240")
    assert closed
    assert current.is_closed(closed)
    assert current.by_kid(kid(500240))
    with pytest.raises(GatewayError) as raised:
        find_handler(
            current,
            item=CARD,
            mode=Mode.ENTRUSTED,
            our_division="422802",
            handler_division="500240",
            on=TODAY,
            divisions=divisions(),
            own_region=OWN,
        )
    assert raised.value.reason is Reason.PARTNER_CLOSED


def test_a_file_put_back_opens_the_partner_again(registry: Registry, folder: Path) -> None:
    (folder / "500240-测试.yaml").unlink()
    registry.reload(checked(folder))
    put(folder, a_partner(), name="石柱")

    current = registry.reload(checked(folder))

    assert current.closed == frozenset()
    assert current.of("500240")


def test_a_good_edit_that_clashes_with_a_version_still_running_is_held_back(folder: Path) -> None:
    """Two files trade a scope; one of them has another mistake, so neither half of the trade may go live."""
    for code in ("500240", "500114"):
        (folder / f"{code}-测试.yaml").unlink()
    put(folder, a_partner("433100", agreements=an_agreement("433130", number="甲")), "433100")
    put(folder, a_partner("433130", agreements=an_agreement("433130", number="乙", ours="422827")), "433130")
    registry = Registry(divisions())
    registry.reload(checked(folder))
    trade = a_partner("433100", agreements=an_agreement("433100", number="甲")).replace("status: active", "status: on")
    put(folder, trade, "433100")
    put(folder, a_partner("433130", agreements=an_agreement("433130", number="乙")), "433130")

    current = registry.reload(checked(folder))

    county = current.of("433130")
    assert county
    assert county.agreements[0].our_scope == ("422827",)
    assert {finding.file for finding in registry.findings if "overlaps" in finding.problem.en} == {
        "partners/433100-测试.yaml",
        "partners/433130-测试.yaml",
    }
    assert registry.held_back == ("partners/433100-测试.yaml", "partners/433130-测试.yaml")


def test_a_former_code_still_finds_its_partner(folder: Path) -> None:
    put(folder, a_partner().replace("status: active", 'status: active\nhistory: ["512328"]'))

    current = Registry(divisions()).reload(checked(folder))

    found = current.formerly("512328")
    assert found
    assert found.code == "500240"
    assert current.of("512328") is None
