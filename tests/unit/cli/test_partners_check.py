"""`tongban partners check`: of the folder, of one file, and against the catalogue; `tongban schema`."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.case.item.definition import ItemDefinition, ItemState
from gateway.cli.agreed_items import unlisted_items
from gateway.cli.schema import FILES, file_name
from gateway.cli.tree import run
from gateway.settings import load_settings
from gateway.store import items
from gateway.store.migrating import migrate
from gateway.store.sqlite import SqliteDatabase
from tests.build import a_definition
from tests.partners.partner_files import CARD, MEDICAL, a_partner, an_agreement, checked, divisions, put

Captured = pytest.CaptureFixture[str]
NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "gateway.yaml").write_text(
        "region: 422800\nname: 恩施州\nshort_name: 恩施\npeering:\n  listen: 127.0.0.1:0\nlocal:\n  listen: 127.0.0.1:0\n",
        encoding="utf-8",
    )
    (tmp_path / "data").mkdir()
    return tmp_path


def test_one_file_is_checked_with_the_others_and_told_alone(home: Path, capsys: Captured) -> None:
    folder = home / "partners"
    ours = put(folder, a_partner("500240"), "500240")
    put(folder, a_partner("500114", agreements=an_agreement("500114"), seed=500240), "500114")
    put(folder, "code: 1\n", "500242")

    assert run(["partners", "check", str(ours), "--lang", "en"]) == 1
    said = capsys.readouterr().out.splitlines()

    assert (
        said[0]
        == "partners/500240-测试.yaml:11: keys[0].kid: this key is registered in partners/500114-测试.yaml:11 too"
    )
    assert all(line.startswith(("partners/500240-", "    ", "2 problems")) or not line for line in said)
    assert said[-1] == "2 problems and 0 warnings in 1 of 1 files."


def test_a_right_file_says_so(home: Path, capsys: Captured) -> None:
    path = put(home / "partners", a_partner())

    assert run(["partners", "check", str(path), "--lang", "zh"]) == 0
    assert capsys.readouterr().out.splitlines() == ["1 个文件, 没有发现问题。", "active 1"]


def test_a_file_whose_name_is_not_read_is_refused(home: Path, capsys: Captured) -> None:
    path = put(home / "partners", a_partner()).rename(home / "partners" / "_500240.yaml")

    assert run(["partners", "check", str(path), "--lang", "en"]) == 1
    assert "this file is not read as a partner file" in capsys.readouterr().out


def test_findings_for_scripts_are_in_both_languages(home: Path, capsys: Captured) -> None:
    put(home / "partners", a_partner().replace("status: active", "status: aktiv"))

    assert run(["partners", "check", "--home", str(home), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)

    assert not found["ok"]
    (finding,) = found["findings"]
    assert (finding["file"], finding["line"], finding["key"]) == ("partners/500240-测试.yaml", 4, "status")
    assert set(finding["problem"]) == set(finding["fix"]) == {"zh", "en"}


async def catalogues(home: Path, *definitions: tuple[str, ItemDefinition]) -> None:
    """Write items into the store of a gateway, each into the catalogue of its region."""
    store = home / "data" / "store.sqlite3"
    migrate(store, now=NOW)
    database = SqliteDatabase(store, clock=lambda: NOW)
    try:
        for region, definition in definitions:
            await database.write(lambda tx, r=region, d=definition: items.add(tx, r, d, 1, NOW))
            await database.write(lambda tx, r=region: items.changed(tx, r, 1, NOW))
    finally:
        await database.close()


def told(home: Path) -> list[str]:
    settings, _ = load_settings(home / "gateway.yaml")
    assert settings
    found = unlisted_items(checked(home / "partners"), settings, divisions(), date(2026, 12, 1))
    return [f"{one.place}: {one.problem.en}" for one in found]


async def test_items_the_deciding_region_does_not_list_are_told(home: Path) -> None:
    put(home / "partners", a_partner())
    assert told(home) == []
    await catalogues(
        home,
        ("422800", a_definition(basic_code=MEDICAL)),
        ("500240", a_definition(basic_code=MEDICAL, division="500240")),
    )

    card = f"'社会保障卡申领、补领、换领、换发' ({CARD})"
    at = "partners/500240-测试.yaml:33: agreements[0].items[0]"
    assert told(home) == [
        f"{at}: in the items 测试 publishes {card} is missing: what we send is refused",
        f"{at}: in our items {card} is missing: what the partner sends is refused",
    ]


async def test_listed_items_are_fine_and_those_not_in_use_are_told(home: Path) -> None:
    put(home / "partners", a_partner(agreements=an_agreement("500240", directions="inward")))
    await catalogues(home, ("422800", a_definition(basic_code=CARD)))
    assert told(home) == []

    await catalogues(home, ("422800", a_definition(basic_code=CARD, version=2, state=ItemState.PAUSED)))
    assert [line.rpartition(") ")[2] for line in told(home)] == ["paused: what the partner sends is refused"]


def test_schemas_are_written_and_printed(tmp_path: Path, capsys: Captured) -> None:
    assert run(["schema", "--into", str(tmp_path / "schemas")]) == 0
    assert run(["schema", "partner"]) == 0
    printed = capsys.readouterr().out

    assert sorted(path.name for path in (tmp_path / "schemas").iterdir()) == sorted(map(file_name, FILES))
    assert (tmp_path / "schemas" / "partner.schema.json").read_text("utf-8") == printed
    assert run(["schema"]) == 0
    assert "yaml.schemas" in json.loads(capsys.readouterr().out)
