"""Ninety partners at one console: the places of the sample files, some well, some silent, some that cannot be reached."""

from datetime import timedelta
from pathlib import Path

from gateway.files.reader import read
from gateway.files.tree import Tree
from gateway.flows.onboarding.partner_entry import entry, entry_text
from gateway.store import partner_views
from gateway.store.database import Transaction
from gateway.store.partner_views import Told
from gateway.trust.keys import load_keys, new_key, partner_file_entries
from gateway.trust.suites import P256, KeyUse
from tests.console.people_build import ENSHI, QIANJIANG, Console
from tests.flows.regions import agreement

SAMPLES = Path(__file__).parents[2] / "partners"
ALL = 90
RED, UNKNOWN, PAUSED = 7, 11, 4
"""Of the ninety: those that do not answer, were never reached, and are paused in our file."""


async def crowd(console: Console) -> list[str]:
    """Put 89 more partner files beside the one that is there and make them live; return the codes that do not answer."""
    here = console.regions[QIANJIANG]
    files = [file for file in sorted(SAMPLES.glob("[0-9]*.yaml")) if file.name[:6] not in (QIANJIANG, ENSHI)][: ALL - 1]
    like = entry(console.regions[ENSHI].settings, load_keys(console.regions[ENSHI].settings.keys).keys)
    now = console.desk.clock()
    for n, file in enumerate(files):
        sample = read(file, file.name)
        assert isinstance(sample, Tree)
        code = file.name[:6]
        keys = [new_key(use, P256, now=now - timedelta(days=1)) for use in KeyUse]
        described = like | {
            "code": code,
            "name": sample.data["name"],
            "short_name": sample.data["short_name"],
            "status": "paused" if RED + UNKNOWN <= n < RED + UNKNOWN + PAUSED else "active",
            "keys": partner_file_entries(keys),
            "agreements": [agreement(QIANJIANG, code)],
        }
        (here.settings.partners / file.name).write_text(entry_text(described), encoding="utf-8")
    for _ in range(3):
        console.regions.clock.pass_time(seconds=5)
        await here.gateway.going_live.look()
    codes = [file.name[:6] for file in files]

    def tell(tx: Transaction) -> None:
        at = console.desk.clock()
        for code in (*codes[RED + UNKNOWN :], ENSHI):
            partner_views.keep(tx, code, Told(software="1.0.0", exchange_minor=1), at)
        for code in codes[:RED]:
            partner_views.failed(tx, code, "PARTNER_UNREACHABLE", at)

    await here.gateway.database.write(tell)
    return codes[:RED]
