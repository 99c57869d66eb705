"""Any sequence of edits, right and wrong, over a folder with the real reload and the real store.

Held after every step: what is live is the last good content of each file; who lost its file is closed; every content that ever
ran is in the history, byte for byte and in order; a rollback restores bytes exactly; no private key is kept anywhere.
"""

import asyncio
import itertools
import tempfile
from collections.abc import Awaitable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.case.days import CHINA
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.partner_files.go_live import GoingLive
from gateway.flows.partner_files.history import Histories
from gateway.flows.partner_files.roll_back import RolledBack, RollingBack
from gateway.partners.folder import PartnerFolder
from gateway.partners.redirects import Redirects
from gateway.partners.registry import Registry
from gateway.store.database import Transaction
from gateway.store.migrating import migrate
from gateway.store.sqlite import SqliteDatabase
from gateway.trust.vault import Vault
from tests.partners.partner_files import OWN, TODAY, a_partner, an_agreement, checked, divisions, put, root_pem

Value = TypeVar("Value")
CODES = ("500240", "500114", "433101")
NAMES = ("甲", "乙")
SECRET = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSECRET"
RIGHT = st.sampled_from(["# a comment", "notes: 一", "notes: 二", "public_phone: 0718-1234567", ""])
WRONG = st.sampled_from(
    ["status: active", "“", "limits: 5", "notes: [", f"# -----BEGIN PRIVATE KEY-----\n# {SECRET}", "\t- x"]
)
PLACES = st.tuples(st.sampled_from(CODES), st.sampled_from(NAMES))


def name_of(place: tuple[str, str]) -> str:
    return f"{place[0]}-{place[1]}.yaml"


def text_of(code: str, line: str, status: str = "active") -> str:
    return a_partner(code, agreements=an_agreement(code), status=status) + f"{line}\n"


class Editing(RuleBasedStateMachine):
    """Operators edit; the model keeps what ought to run."""

    def __init__(self) -> None:
        super().__init__()
        self.keep = tempfile.TemporaryDirectory(prefix="tb-edits-")
        at = Path(self.keep.name)
        self.folder = at / "partners"
        self.folder.mkdir()
        for code in CODES:
            (self.folder / f"{code}-root.pem").write_text(root_pem(int(code)), encoding="utf-8")
        self.store = at / "store.db"
        self.loop = asyncio.Runner()
        self.now = datetime.combine(TODAY, datetime.min.time(), CHINA) + timedelta(hours=9)
        self.seconds = 0.0
        self.nonces = itertools.count(1)
        migrate(self.store, now=self.now)
        self.live: dict[str, bytes] = {}
        self.codes: dict[str, str] = {}
        self.ran: dict[str, list[bytes]] = {code: [] for code in CODES}
        self.start()

    def start(self) -> None:
        """Open store and registry as a process does."""
        vault = Vault({1: bytes(32)}, 1, 1, lambda: next(self.nonces).to_bytes(12))

        async def opened() -> None:
            self.database = SqliteDatabase(self.store, clock=lambda: self.now)
            folder = PartnerFolder(self.folder, divisions(), OWN, Redirects.packaged())
            looked = folder.look(self.seconds, TODAY, at_once=True)
            assert looked
            self.going = GoingLive(
                folder, Registry(divisions()), self.database, vault, lambda: self.now, lambda: self.seconds
            )
            await self.going.begin(looked)

        self.run(opened())

    def run(self, step: Awaitable[Value]) -> Value:
        async def awaited() -> Value:
            return await step

        return self.loop.run(awaited())

    def settle(self) -> None:
        """Let the gateway look until nothing moves, and the model follow."""
        for span in (0.0, 0.4, 1.2, 6.0, 6.0, 0.4):
            self.seconds += span
            self.now += timedelta(seconds=span)
            self.run(self.going.look())
        self.follow()

    def follow(self) -> None:
        """What ought to run, from the folder as a fresh check sees it and what ran before."""
        found = checked(self.folder)
        before, was = dict(self.live), dict(self.codes)
        names = {file.rpartition("/")[2] for file in found.files}
        self.live = {name: raw for name, raw in before.items() if name in names}
        stay = {was[name] for name in self.live}
        for file, loaded in found.good.items():
            name = file.rpartition("/")[2]
            code = loaded.partner.code
            if name not in self.live and code in stay:
                continue  # a second file of a region whose first still runs
            self.live[name], self.codes[name] = loaded.source.raw, code
        for code in CODES:
            ran = [(name, raw) for name, raw in before.items() if was[name] == code]
            runs = [(name, raw) for name, raw in self.live.items() if self.codes[name] == code]
            if runs and runs != ran:
                self.ran[code].append(runs[0][1])

    @rule(place=PLACES, line=RIGHT, status=st.sampled_from(["active", "paused"]))
    def somebody_saves_a_right_file(self, place: tuple[str, str], line: str, status: str) -> None:
        (self.folder / name_of(place)).write_text(text_of(place[0], line, status), encoding="utf-8")
        self.settle()

    @rule(place=PLACES, line=WRONG)
    def somebody_saves_a_wrong_file(self, place: tuple[str, str], line: str) -> None:
        (self.folder / name_of(place)).write_text(text_of(place[0], line), encoding="utf-8")
        self.settle()

    @rule(place=PLACES, cut=st.integers(0, 1500))
    def a_file_is_cut_off(self, place: tuple[str, str], cut: int) -> None:
        (self.folder / name_of(place)).write_text(text_of(place[0], "")[:cut], encoding="utf-8")
        self.settle()

    @rule(place=PLACES)
    def somebody_saves_in_another_encoding(self, place: tuple[str, str]) -> None:
        (self.folder / name_of(place)).write_bytes(text_of(place[0], "notes: 一").encode("gbk"))
        self.settle()

    @rule(place=PLACES)
    def a_file_is_removed(self, place: tuple[str, str]) -> None:
        (self.folder / name_of(place)).unlink(missing_ok=True)
        self.settle()

    @rule(code=st.sampled_from(CODES))
    def a_file_is_renamed(self, code: str) -> None:
        one, two = (self.folder / name_of((code, name)) for name in NAMES)
        if one.exists():
            one.rename(two)
        self.settle()

    @rule(places=st.lists(PLACES, max_size=4), line=RIGHT)
    def many_files_change_at_once(self, places: list[tuple[str, str]], line: str) -> None:
        for place in places:
            (self.folder / name_of(place)).write_text(text_of(place[0], line), encoding="utf-8")
        self.settle()

    @rule()
    def the_folder_is_away_for_a_while(self) -> None:
        away = self.folder.with_name("away")
        self.folder.rename(away)
        for _ in range(3):
            self.seconds += 20.0
            self.run(self.going.look())
        away.rename(self.folder)
        self.settle()

    @rule()
    def the_process_starts_again(self) -> None:
        self.run(self.database.close())
        self.start()
        self.follow()

    @precondition(lambda self: any(self.ran.values()))
    @rule(pick=st.integers(0, 1000), code=st.sampled_from(CODES))
    def an_old_version_is_brought_back(self, pick: int, code: str) -> None:
        if not self.ran[code]:
            return
        number = pick % len(self.ran[code]) + 1
        before = {path.name: path.read_bytes() for path in self.folder.iterdir()}
        done = self.run(self._rolled_back(code, number))
        if isinstance(done, GatewayError):
            assert done.reason is Reason.VERSION_NOT_FIT
            assert done.findings
            assert {path.name: path.read_bytes() for path in self.folder.iterdir()} == before, "nothing was changed"
        else:
            assert (self.folder / done.file).read_bytes() == self.ran[code][number - 1]
            self.follow()

    async def _rolled_back(self, code: str, number: int) -> RolledBack | GatewayError:
        try:
            return await RollingBack(self.going).roll_back(code, number, "li")
        except GatewayError as error:
            return error

    @invariant()
    def the_last_good_content_of_each_file_runs(self) -> None:
        registry = self.going.registry
        live = {file.rpartition("/")[2]: one for file, one in registry.live.items()}
        assert {name: one.source.raw for name, one in live.items()} == self.live
        current = registry.current()
        for one in live.values():
            partner = current.of(one.partner.code)
            assert partner
            assert partner.digest == one.partner.digest
        codes = {one.partner.code for one in live.values()}
        assert current.closed == {code for code in CODES if self.ran[code]} - codes
        held = {file.rpartition("/")[2] for file in registry.held_back}
        there = {path.name for path in self.folder.glob("*.yaml")}
        assert held == {name for name in there if self.live.get(name) != (self.folder / name).read_bytes()}

    @invariant()
    def what_runs_is_in_the_history(self) -> None:
        self.the_history_is_complete(newest=True)

    def the_history_is_complete(self, *, newest: bool = False) -> None:
        histories = Histories(self.going)
        for code in CODES:
            if not self.ran[code]:
                continue
            seen = self.run(histories.of_partner(code))
            assert [one.version for one in seen.versions] == list(range(len(self.ran[code]), 0, -1))
            assert [one.ended_at for one in seen.versions[1:] if one.ended_at is None] == []
            closed = code in self.going.registry.current().closed
            assert (seen.versions[0].ended_why == "removed") is closed
            for number, raw in list(enumerate(self.ran[code], 1))[-1 if newest else 0 :]:
                assert self.run(histories.version(code, number))[1].raw == raw

    @invariant()
    def no_private_key_is_kept(self) -> None:
        def kept(tx: Transaction) -> list[bytes]:
            rows = tx.rows("SELECT sha256, sealed FROM partner_contents")
            edits = tx.rows("SELECT file, diff FROM partner_edits WHERE diff IS NOT NULL")
            vault = self.going.vault
            return [
                *(vault.open(bytes(sealed), b"partner-file:" + sha256.encode()) for sha256, sealed in rows),
                *(vault.open(bytes(diff), b"partner-edit:" + file.encode()) for file, diff in edits),
            ]

        assert all(SECRET.encode() not in content for content in self.run(self.database.read(kept)))

    def teardown(self) -> None:
        self.the_history_is_complete()
        self.run(self.database.close())
        self.loop.close()
        self.keep.cleanup()


TestEditing = Editing.TestCase
TestEditing.settings = settings(
    max_examples=12,
    stateful_step_count=16,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_a_file_put_there_is_the_first_version() -> None:
    machine = Editing()
    put(machine.folder, text_of("500240", ""), "500240", "甲")
    machine.settle()
    machine.the_last_good_content_of_each_file_runs()
    machine.the_history_is_complete()
    assert len(machine.ran["500240"]) == 1
    machine.teardown()
