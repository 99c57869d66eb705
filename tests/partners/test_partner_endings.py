"""What has ended or soon will: announced, and never a reason to drop a partner."""

from pathlib import Path

import pytest

from tests.partners.partner_files import a_partner, an_agreement, checked, printed, put, root_pem

GOOD = a_partner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "partners"


def test_an_ended_agreement_is_a_warning_and_the_partner_stays(folder: Path) -> None:
    put(folder, a_partner(agreements=an_agreement("500240", valid_to="2026-11-30")))

    found = checked(folder)

    assert printed(folder, "en")[0] == (
        "partners/500240-测试.yaml:29: agreements[0].valid_to: warning: the agreement ended on 2026-11-30"
    )
    assert found.is_clean
    assert len(found.partners) == 1


def test_what_ends_within_sixty_days_is_announced(folder: Path) -> None:
    put(folder, a_partner(agreements=an_agreement("500240", valid_to="2027-01-15")))
    (folder / "500240-root.pem").write_text(root_pem(500240, until=2027), encoding="utf-8")

    assert [line for line in printed(folder, "en") if "warning" in line] == [
        "partners/500240-测试.yaml:8: tls.roots: warning: the root certificate ends in 31 days (2027-01-01)",
        "partners/500240-测试.yaml:29: agreements[0].valid_to: warning: the agreement ends in 45 days (2027-01-15)",
    ]


def test_a_seal_key_must_be_accepted_as_long_as_envelopes_may_be_on_their_way(folder: Path) -> None:
    put(folder, GOOD.replace("accept_until: 2036-02-01", "accept_until: 2036-01-03", 1))

    assert printed(folder, "en")[0] == (
        "partners/500240-测试.yaml:17: keys[0].accept_until: accept_until must be at least 7d after seal_until, "
        "or envelopes on their way become void"
    )
