"""What the demo adds to the homes of its regions: licences, a calendar, and the sample item tables that ship."""

import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from gateway.case.days import day_in_china
from gateway.cli.demo_data import CARD_LICENCE
from gateway.cli.demo_stage import ENSHI, QIANJIANG, Stage
from gateway.cli.federation import Site, start

SHIPPED = Path(__file__).parents[2]
SETTINGS = """
limits:
  sweep_interval: 1s
licences:
  source: file
  file: licences/sample.yaml
  types: licences/types.csv
"""
ITEMS = {ENSHI: "items", QIANJIANG: "items/500114-黔江区"}
"""Sample tables of the regions that publish; the third publishes nothing, so its agreements alone hold."""


def furnish(sites: Mapping[str, Site], now: datetime) -> None:
    """Put sample licences and calendars into the homes; the identity card in them ends tomorrow."""
    licences = _LICENCES.format(id=CARD_LICENCE, valid_to=day_in_china(now) + timedelta(days=1))
    for site in sites.values():
        folder = site.folder / "licences"
        folder.mkdir()
        (folder / "sample.yaml").write_text(licences, encoding="utf-8")
        shutil.copyfile(SHIPPED / "licences" / "types.csv", folder / "types.csv")
        calendar = SHIPPED / "calendars" / f"{site.code}.yaml"
        if calendar.is_file():
            shutil.copyfile(calendar, site.folder / "calendars" / calendar.name)


async def start_and_publish(stage: Stage) -> None:
    """Start the regions one after the other and import their items, so that each finds those before it published."""
    for code, site in stage.sites.items():
        await start(site)
        if table := ITEMS.get(code):
            said = await stage.command(code, "items", "import", str(SHIPPED / table))
            stage.tell(f"{site.name} {said.strip().splitlines()[-1]}")


_LICENCES = """# 示例 / sample
licences:
  - id: {id}
    name: 居民身份证 (示例)
    holder: 向小满
    holder_number: "422801199001010026"
    valid_from: 2006-11-01
    valid_to: {valid_to}
"""
