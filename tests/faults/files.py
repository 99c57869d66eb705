"""What operators change under load: keys and certificate rotated, partner files edited, rightly and wrongly."""

import asyncio
import os
import sys
from pathlib import Path
from random import Random
from typing import Any

import apsw
import yaml

from gateway.cli.federation import Site
from gateway.settings import load_divisions, load_settings
from gateway.trust.keys import load_keys, partner_file_entries
from gateway.trust.vault import load_vault
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2 as pb
from tests.faults.schedule import Bites, Fault
from tests.faults.town import Town, edit
from tests.faults.waiting import lapse, until

READ_WITHIN = 10.0
USED_WITHIN = 20.0


async def rotation(town: Town, chance: Random, times: int) -> Bites:
    """Each side in turn gets a new seal key, a new token key and a new certificate, and nothing is restarted.

    They are used as soon as the gateway has read them; the partner registers the new keys a moment later, so what is sealed
    and called meanwhile must be believed by the old ones (docs/keys.md).
    """
    bites = Bites(times)
    for turn in range(times):
        site = town.both[turn % 2]
        old = {key.kid for key in _keys(site)}
        for words in (("new", "--use", "seal"), ("new", "--use", "token")):
            await _tongban(site, "keys", *words, "--in-days", "0")
        await _tongban(site, "keys", "certificate")
        new = {key.kid for key in _keys(site)} - old
        await until(lambda: _sealed_with(site, new) > 0, USED_WITHIN, "something sealed with the new key")  # noqa: B023
        other = town.other(site)
        edit(town.partner_file(other), {"keys": partner_file_entries(_keys(site))})
        await lapse(chance.uniform(0.5, 1.5))
        bites.bit += _sealed_with(site, new)
    bites.seen = "envelopes sealed with new keys"
    return bites


async def right_edits(town: Town, chance: Random, times: int) -> Bites:
    """A file is edited rightly: the partner is paused for a while; then it gets another name and other limits."""
    bites = Bites(times)
    for turn in range(times):
        site = town.both[turn % 2]
        before = town.told.refused.total() + _away(town)
        town.edit_partner(site, status="paused")
        await lapse(chance.uniform(2.5, 3.5))
        town.edit_partner(site, status="active", short_name=f"示例 {turn}", notes="改了一次")
        bites.bit += town.told.refused.total() + _away(town) - before
    bites.seen = "cases and calls put off while paused"
    return bites


async def wrong_edits(town: Town, chance: Random, times: int) -> Bites:
    """A file is edited wrongly: half of it, nonsense, an unknown key, nothing at all; the last good version runs on."""
    bites = Bites(times)
    for turn in range(times):
        site = town.both[turn % 2]
        file = town.partner_file(site)
        good = file.read_text(encoding="utf-8")
        wrong = chance.choice(
            (good[: len(good) // 2], "code: [\n", good + "\nunheard_of: true\n", "", good.replace("active", "aktiv"))
        )
        before = town.log_lines(site, "partners.file_refused")
        file.write_text(wrong, encoding="utf-8")
        await until(lambda: town.log_lines(site, "partners.file_refused") > before, READ_WITHIN, "the error told")  # noqa: B023
        bites.bit += town.log_lines(site, "partners.file_refused") - before
        await lapse(chance.uniform(0.3, 1.0))
        file.write_text(good, encoding="utf-8")
        await lapse(0.3)
    bites.seen = "errors told in the log"
    return bites


async def wrong_root(town: Town, chance: Random, times: int) -> Bites:
    """A file that is well formed but names another authority: nobody is believed until it is mended."""
    bites = Bites(times)
    for turn in range(times):
        site = town.both[turn % 2]
        good = town.partner_file(site).read_text(encoding="utf-8")
        described: dict[str, Any] = yaml.safe_load(good)
        other = yaml.safe_load(town.partner_file(town.other(site)).read_text(encoding="utf-8"))
        before = _away(town)
        edit(town.partner_file(site), {"tls": other["tls"], "code": described["code"]})
        await until(lambda: _away(town) > before, READ_WITHIN, "a call refused")  # noqa: B023
        await lapse(chance.uniform(0.2, 1.0))
        bites.bit += _away(town) - before
        town.partner_file(site).write_text(good, encoding="utf-8")
        await lapse(0.3)
    bites.seen = "calls not believed"
    return bites


def _away(town: Town) -> int:
    return sum(town.log_lines(site, word) for site in town.both for word in ("partner.away", "caller.rejected"))


def _keys(site: Site) -> Any:
    settings, _ = load_settings(site.folder / "gateway.yaml", load_divisions())
    assert settings
    return load_keys(settings.keys).keys


async def _tongban(site: Site, *words: str) -> None:
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", *words, "--home", str(site.folder)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"tongban {' '.join(words)}: {said.decode()}")


def _sealed_with(site: Site, kids: set[str]) -> int:
    """Count the settled envelopes of a region that were sealed with one of these keys."""
    settings, _ = load_settings(site.folder / "gateway.yaml", load_divisions())
    assert settings
    vault = load_vault(settings.vault, lambda: os.urandom(12))
    connection = apsw.Connection(str(site.store_file), flags=apsw.SQLITE_OPEN_READONLY)
    found = 0
    try:
        for envelope_id, body in connection.execute(
            "SELECT o.envelope_id, b.sealed FROM outbox o JOIN bodies b ON b.sender = ? AND b.object_id = o.envelope_id"
            " WHERE o.outcome = 'accepted' ORDER BY o.owed_at DESC LIMIT 200",
            (site.code,),
        ):
            sealed = pb.SealedEnvelope.FromString(vault.open(body, f"bodies|{site.code}|{envelope_id}".encode()))
            found += any(signature.keyid in kids for signature in sealed.signatures)
    finally:
        connection.close()
    return found


def _fault(name: str, inject: Any, times: int, short: int) -> Fault:
    return Fault(name=name, family="files", inject=inject, times=times, short=short)


FAULTS = (
    _fault("keys and certificate rotated", rotation, 6, 1),
    _fault("partner file edited rightly", right_edits, 6, 1),
    _fault("partner file edited wrongly", wrong_edits, 10, 1),
    _fault("partner file with another root", wrong_root, 6, 0),
)
