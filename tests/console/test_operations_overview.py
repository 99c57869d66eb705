"""Pages for operators: reconciliation, keys, items side by side, systems, figures; nothing personal on any of them."""

import re
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.case import events as ev
from gateway.case.days import day_in_china
from gateway.partners.introduction import fingerprint
from gateway.store import announced_keys
from gateway.store.announced_keys import AnnouncedRow, Standing
from gateway.trust.keys import new_key
from gateway.trust.suites import P256, KeyUse
from tests.build import a_definition
from tests.console.people_build import ENSHI, QIANJIANG, Console, a_console
from tests.flows.regions import CARD


async def announce(console: Console) -> AnnouncedRow:
    """A key that 恩施 announced and nobody decided about."""
    now = console.desk.clock()
    key = new_key(KeyUse.SEAL, P256, now=now + timedelta(days=14))
    public = key.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert key.valid_from
    assert key.seal_until
    assert key.accept_until
    row = AnnouncedRow(
        ENSHI,
        key.kid,
        "seal",
        "ES256",
        public,
        key.valid_from,
        key.seal_until,
        key.accept_until,
        "proof-1",
        now,
        now,
        Standing.WAITING,
    )
    await console.regions[QIANJIANG].gateway.database.write(lambda tx: announced_keys.keep(tx, row))
    return row


async def test_a_day_is_compared_and_shown(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        here = console.regions[QIANJIANG]
        await here.submit(here.a_case(ENSHI))
        await here.gateway.deliver(ENSHI)
        day = day_in_china(console.regions.clock()).isoformat()
        console.regions.clock.pass_time(days=1)
        await visitor.sign_in("operator")
        text = await visitor.get("/reconciliation")
        assert f'<option value="{ENSHI}">' in text
        text = await visitor.post("/reconciliation/run", partner=ENSHI, day=day)
        assert visitor.status == 200, text
        assert visitor.address == f"/reconciliation/{ENSHI}/{day}"
        assert "一致" in text
        assert "1 / 1" in text
        text = await visitor.get("/reconciliation?all")
        assert f'href="/reconciliation/{ENSHI}/{day}"' in text
        assert day not in re.sub(r'value="[^"]*"', "", await visitor.get("/reconciliation"))
        for path, fields, told in (
            ("/reconciliation/run", {"partner": ENSHI, "day": "today"}, "不是日期"),
            ("/reconciliation/run", {"partner": "999999", "day": day}, "PARTNER_UNKNOWN"),
            (f"/reconciliation/{ENSHI}/{day}", {"reason": "x"}, "没有写原因"),
            (f"/reconciliation/{ENSHI}/{day}", {"reason": "对方换过库"}, "NO_DIFFERENCE"),
        ):
            await visitor.get("/reconciliation")
            assert told in await visitor.post(path, **fields), path


async def test_an_announced_key_is_approved_only_when_its_digits_were_compared(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        row = await announce(console)
        text = await visitor.get("/keys")
        assert fingerprint(row.kid.encode()) in text
        own = console.regions[QIANJIANG].gateway.papers.every_key.keys
        assert all(one.kid in text for one in own)
        await visitor.post("/keys/decide", partner=ENSHI, kid=row.kid, verdict="approve")
        assert visitor.status == 422
        assert "没有核对数字" in visitor.text
        await visitor.post("/keys/decide", partner=ENSHI, kid=row.kid, verdict="approve", compared="yes")
        assert visitor.status == 200, visitor.text
        assert "没有待决定的密钥" in visitor.text
        partner = console.regions[QIANJIANG].gateway.registry.current().of(ENSHI)
        assert partner
        assert row.kid in {key.kid for key in partner.keys}
        (noted,) = await console.desk.read_audit(0, "keys.approved", ENSHI)
        assert noted.actor == "staff:operator@console"


async def test_a_key_is_rejected_and_nonsense_is_refused(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        row = await announce(console)
        for fields in (
            {"partner": ENSHI, "kid": row.kid, "verdict": "perhaps"},
            {"partner": "../..", "kid": row.kid, "verdict": "reject"},
            {"partner": ENSHI, "kid": "<b>", "verdict": "reject"},
        ):
            await visitor.get("/keys")
            await visitor.post("/keys/decide", **fields)
            assert visitor.status == 422
        await visitor.get("/keys")
        await visitor.post("/keys/decide", partner=ENSHI, kid=row.kid, verdict="reject")
        assert "没有待决定的密钥" in visitor.text
        assert len(await console.desk.read_audit(0, "keys.rejected", ENSHI)) == 1


async def test_items_of_two_regions_are_shown_side_by_side(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        here, there = console.regions[QIANJIANG], console.regions[ENSHI]
        await here.publish(a_definition(basic_code=CARD, item_type="01", division=QIANJIANG))
        text = await visitor.get("/items")
        assert f'href="/items/{ENSHI}"' in text
        text = await visitor.get(f"/items/{ENSHI}")
        assert visitor.status == 200, text
        assert "对方没有公布" in text
        await there.publish(a_definition(basic_code=CARD, item_type="01"))
        await console.regions.ask_for_items()
        text = await visitor.get(f"/items/{ENSHI}")
        assert visitor.status == 200, text
        for path in ("/items/none", "/items/999999", f"/items/{QIANJIANG}"):
            await visitor.get(path)
            assert 400 <= visitor.status < 500


async def test_systems_are_shown_with_what_is_wrong_in_their_files(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        folder = console.regions[QIANJIANG].settings.systems
        (folder / "zz-broken.yaml").write_text("name: zz\nmay: [fly]\n", encoding="utf-8")
        text = await visitor.get("/systems")
        assert visitor.status == 200
        assert "submit" in text
        assert re.search(r"zz-broken\.yaml</code></td><td>\d+</td>", text)


async def test_figures_count_cases_and_tell_nothing_of_anybody(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        here, there = console.regions[QIANJIANG], console.regions[ENSHI]
        case_id = await here.submit(here.a_case(ENSHI))
        await here.submit(here.a_case(ENSHI))
        await here.gateway.deliver(ENSHI)
        console.regions.clock.pass_time(hours=3)
        await visitor.sign_in("operator")
        await there.act(case_id, ev.ReceivedByHandler())
        await there.act(case_id, ev.Accepted(acceptance_number="受2026-1"))
        await there.gateway.deliver(QIANJIANG)
        text = await visitor.get("/figures")
        assert visitor.status == 200, text
        assert "3 小时" in text
        assert re.search(
            r"恩施州 <small class=\"faint\">422800</small></th><td class=\"whole\">我方收件</td><td class=\"number\">2</td>",
            text,
        )
        name = (await here.view(case_id)).case.applicant.name
        for path in ("/figures", "/queue", "/partners", f"/queue/of/{case_id}", "/systems", "/items", "/keys"):
            assert name not in await visitor.get(path), path
        for name in ("days", "steps"):
            picture = await visitor.get(f"/figures/{name}.svg")
            assert visitor.headers["Content-Type"].startswith("image/svg+xml")
            assert "default-src 'none'" in visitor.headers["Content-Security-Policy"]
            ET.fromstring(picture)
