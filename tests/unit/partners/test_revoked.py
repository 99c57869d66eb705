"""The deny list: what it denies, from when, and what is wrong with one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.partners.revoked import NOTHING_REVOKED, read_revoked

NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
KID = "9hDnj6gNUS2-_p0s3pbuMf9_uLRoVgz_lIaD13BxpJU"
GOOD = f"""\
# 拒绝名单
certificates:
  - region: 500114
    serial: "0A:1b:2C"
    reason: 私钥失窃
    since: 2026-11-01
keys:
  - kid: "{KID}"
    reason: 换人
    since: 2026-11-26T00:00:00+08:00
regions:
  - {{code: 433100, reason: 网关被入侵, since: 2026-11-01}}
"""


def test_certificates_keys_and_regions_are_denied_from_their_day_on() -> None:
    revoked, findings = read_revoked(GOOD.encode(), "422800")
    assert revoked, findings
    denied = revoked.at(NOW)
    assert ("500114", 0x0A1B2C) in denied
    assert ("500114", 0x0A1B2D) not in denied
    assert ("433100", 1) in denied
    assert denied.kids == frozenset()
    assert revoked.at(NOW + timedelta(hours=12)).kids == {KID}


@pytest.mark.parametrize("text", ["", "# nothing\n\n", "\n"])
def test_a_file_in_which_nothing_stands_denies_nothing(text: str) -> None:
    assert read_revoked(text.encode(), "422800") == (NOTHING_REVOKED, ())


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        (GOOD.replace("serial:", "serail:"), "certificates[0].serail"),
        (GOOD.replace("0A:1b:2C", "12 34"), "certificates[0].serial"),
        (GOOD.replace("reason: 换人", "reason: "), "keys[0].reason"),
        (GOOD.replace(KID, "short"), "keys[0].kid"),
        (GOOD.replace("433100", "422800"), "regions[0].code"),
        (GOOD.replace("since: 2026-11-01\n", "since: soon\n"), "certificates[0].since"),
    ],
)
def test_a_mistake_is_found_at_its_line_and_nothing_is_half_taken(wrong: str, key: str) -> None:
    revoked, findings = read_revoked(wrong.encode(), "422800")
    assert revoked is None
    assert key in {one.key for one in findings}
    assert all(one.line for one in findings)


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    revoked, findings = read_revoked(raw, "422800")
    assert (revoked is None) == bool(findings)
