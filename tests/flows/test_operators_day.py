"""The operator's day of docs/operating.md, as it is told there, with the commands alone and two real gateways."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.cli.demo_data import card_case
from gateway.cli.federation import free_ports
from gateway.cli.tree import run

ENSHI, QIANJIANG = "422800", "500114"
NAMES = {ENSHI: "恩施州", QIANJIANG: "黔江区"}
DOC = (Path(__file__).parents[2] / "docs/operating.md").read_text(encoding="utf-8")
PATIENCE = 60.0
AGAIN = threading.Event()
"""Never set: waiting for it is the pause between two looks."""
DAY = 86400
DRAFT = """\
agreements:
  - number: 恩通办协〔2026〕示例1号
    title: 恩施州与黔江区政务服务“跨省通办”合作协议(示例)
    valid_from: 2026-01-01
    valid_to: 2030-12-31
    our_scope: [422800]
    their_scope: [500114]
    items:
      - name: 社会保障卡申领、补领、换领、换发
        basic: "000120011000"
        modes: [entrusted]
        directions: [outward, inward]
        powers: [verify_originals]
"""


@dataclass(frozen=True)
class Done:
    """What a command ended with and printed."""

    returncode: int
    stdout: str
    stderr: str


@dataclass
class Office:
    """The desk of one operator: a folder, and commands that are counted."""

    code: str
    folder: Path
    asked: list[str]
    process: subprocess.Popen[str] | None = None
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def tongban(self, *words: str, ends: int = 0) -> Any:
        """Run a command and return its JSON; fails unless it ends as it must."""
        self.asked.append(" ".join(words[:2]))
        done = self._run(*words, "--json")
        assert done.returncode == ends, (words, done.stdout, done.stderr)
        return json.loads(done.stdout)

    def look(self, *words: str) -> Any:
        """Return the JSON of a command, however it ended."""
        return json.loads(self._run(*words, "--json").stdout)

    def read(self, *words: str) -> str:
        """Run a command and return what it prints for people."""
        return self._run("--lang", "zh", *words).stdout

    def _run(self, *words: str) -> Done:
        command = [*words] if "init" in words else [*words, "--home", str(self.folder)]
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(command)
        return Done(code, out.getvalue(), err.getvalue())

    def serve(self) -> None:
        """Start the gateway; returns when it is ready."""
        self.asked.append("serve")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "--lang", "zh", "serve", "--home", str(self.folder)],
            env={**os.environ, "TONGBAN_DRILL_CLOCK": str(self.folder / "clock")},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr
        lines = iter(self.process.stderr.readline, "")
        told = []
        for line in lines:
            told.append(line)
            if "已就绪" in line:
                break
        else:
            raise AssertionError("".join(told))
        threading.Thread(target=lambda: [None for _ in lines], daemon=True).start()

    def stop(self) -> None:
        """Stop the gateway."""
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE)
            if self.process.stderr:
                self.process.stderr.close()
            self.process = None

    def put_clock(self, seconds: int) -> None:
        """Have the running gateway believe that it is so much later."""
        (self.folder / "clock").write_text(str(seconds), encoding="ascii")

    def submit(self) -> str:
        """Take an application in for the other region; return its co-operation number."""
        other = ENSHI if self.code == QIANJIANG else QIANJIANG
        request = card_case(self.code, other, f"{self.code}-{next(self.numbers)}", datetime.now(UTC), [])
        file = self.folder / "request.json"
        file.write_text(json.dumps(request, ensure_ascii=False), encoding="utf-8")
        done = self._run("cases", "submit", str(file), "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return str(json.loads(done.stdout)["case_id"])

    def state(self, number: str) -> str:
        """The state of a case here; empty while it is not known."""
        done = self._run("cases", "show", number, "--json")
        return str(json.loads(done.stdout)["state"]) if done.returncode == 0 else ""

    def edit(self, change: Callable[[str], str]) -> None:
        """Edit the file of the partner as an editor does: whole, and renamed into place."""
        (file,) = [one for one in (self.folder / "partners").glob("*.yaml") if not one.name.startswith("_")]
        part = file.with_suffix(".part")
        part.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
        part.replace(file)


def until(look: Callable[[], Any], wanted: Callable[[Any], bool] = bool) -> Any:
    """Look until it is so."""
    end = time.monotonic() + PATIENCE
    seen = look()
    while not wanted(seen):
        assert time.monotonic() < end, seen
        AGAIN.wait(0.2)
        seen = look()
    return seen


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Office, Office, list[str]]]:
    asked: list[str] = []
    offices = Office(ENSHI, tmp_path / "enshi", asked), Office(QIANJIANG, tmp_path / "qianjiang", asked)
    yield *offices, asked
    for office in offices:
        office.stop()


def from_nothing(enshi: Office, qianjiang: Office, asked: list[str]) -> None:
    """Ten commands make two folders that nobody has used a pair that works."""
    ports = dict(zip((ENSHI, QIANJIANG), free_ports(2), strict=True))
    for office in (enshi, qianjiang):
        here = f"127.0.0.1:{ports[office.code]}"
        words = ("--region", office.code, "--peering", here, "--local", "127.0.0.1:0", "--endpoint", here, "--yes")
        office.tongban("init", str(office.folder), *words)
        with (office.folder / "gateway.yaml").open("a", encoding="utf-8") as settings:
            settings.write("limits: {sweep_interval: 1s, stop_within: 5s}\nlog: {level: error}\n")
        office.serve()
    (enshi.folder / "partners" / f"_{QIANJIANG}.yaml").write_text(DRAFT, encoding="utf-8")
    for giver, taker in ((enshi, qianjiang), (qianjiang, enshi)):
        file = giver.folder / "introduction.yaml"
        made = giver.tongban("partners", "invite", "--for", taker.code, "--output", str(file))
        digits = made["fingerprint"]
        taker.tongban("partners", "add", str(file), "--fingerprint", digits, "--yes", "--no-test")
    for office, code in ((enshi, QIANJIANG), (qianjiang, ENSHI)):
        # The other side's gateway reads a new file within a second; people take longer to telephone.
        until(lambda office=office, code=code: office.look("partners", "test", code), lambda seen: seen["ok"])
        asked.append("partners test")


def refused_edits(office: Office) -> list[Any]:
    """The edits of the partner's file that did not go live."""
    seen = office.tongban("partners", "history", ENSHI, "--edits")
    return [one for one in seen["edits"] if one["outcome"] == "refused"]


def morning(enshi: Office, qianjiang: Office) -> None:
    """Morning: from nothing to a working pair."""
    number = qianjiang.submit()
    until(lambda: enshi.state(number), lambda state: state == "awaiting_sign_off")
    until(lambda: qianjiang.state(number), lambda state: state == "awaiting_sign_off")


def a_wrong_edit(enshi: Office, qianjiang: Office) -> None:
    """A wrong edit: said at once with line and mend, and the version before goes on working."""
    qianjiang.edit(lambda text: text + "limits: {envelopes_per_minute: 六十}\n")
    checked = qianjiang.tongban("partners", "check", ends=1)
    (finding,) = [one for one in checked["findings"] if one["severity"] == "error"]
    assert finding["line"] > 0
    assert "envelopes_per_minute" in finding["key"]
    assert finding["fix"]["zh"]
    until(lambda: refused_edits(qianjiang))
    number = qianjiang.submit()
    until(lambda: enshi.state(number))


def a_right_edit(enshi: Office, qianjiang: Office) -> None:
    """A right edit: live within a second, and kept as a version."""
    before = len(qianjiang.tongban("partners", "history", ENSHI)["versions"])
    qianjiang.edit(lambda text: text.replace("六十", "60"))
    edited = time.monotonic()
    until(lambda: qianjiang.tongban("partners", "history", ENSHI), lambda seen: len(seen["versions"]) == before + 1)
    assert time.monotonic() - edited < PATIENCE
    assert "60" in qianjiang.read("partners", "diff", ENSHI)


def keys_rotate(enshi: Office, qianjiang: Office) -> None:
    """Keys rotate: announced, compared by telephone, approved; cases go on while they change."""
    made = qianjiang.tongban("keys", "rotate", "--in-days", "1")["keys"]
    enshi.tongban("partners", "show", QIANJIANG, "--ask")
    told = until(
        lambda: json.dumps(enshi.tongban("keys", "announced")), lambda seen: all(one["kid"] in seen for one in made)
    )
    assert all(one["digits"] in told for one in made)
    enshi.tongban("keys", "approve", QIANJIANG, *(one["kid"] for one in made), "--yes")
    numbers = [qianjiang.submit()]
    for office in (enshi, qianjiang):
        office.put_clock(2 * DAY)
    numbers.append(qianjiang.submit())
    for number in numbers:
        until(lambda number=number: enshi.state(number))
    until(lambda: qianjiang.state(numbers[-1]), lambda state: state == "awaiting_sign_off")


def a_revoked_key(enshi: Office, qianjiang: Office) -> None:
    """A key is revoked: what is sealed with it is not believed any more, at once and without a restart."""
    keys = [one for one in qianjiang.tongban("keys", "list") if one["use"] == "seal"]
    stolen = [
        {"kid": one["kid"], "since": "2026-11-25T00:00:00+08:00", "reason": "私钥可能泄露 (示例)"} for one in keys
    ]
    (enshi.folder / "revoked.yaml").write_text(
        yaml.safe_dump({"keys": stolen}, allow_unicode=True),
        encoding="utf-8",
    )
    submitted: list[str] = []

    def not_believed() -> str:
        submitted.append(qianjiang.submit())  # those from before the list is read are taken in
        shown = {one: json.dumps(qianjiang.tongban("cases", "show", one)) for one in submitted}
        return next((one for one, text in shown.items() if "SEAL_KEY" in text), "")

    number = until(not_believed)
    assert enshi.state(number) == ""
    (enshi.folder / "revoked.yaml").write_text("# 已移出\n", encoding="utf-8")
    qianjiang.tongban("queue", "retry", "--partner", ENSHI, "--reason", "误列, 已移出")
    until(lambda: enshi.state(number))


def the_partner_away(enshi: Office, qianjiang: Office) -> None:
    """The partner is away: seen and explained from this side, and from both once it is back."""
    enshi.stop()
    number = qianjiang.submit()
    listed = until(
        lambda: qianjiang.tongban("partners", "list"),
        lambda seen: "UNREACHABLE" in json.dumps(seen),
    )
    assert ENSHI in json.dumps(listed)
    assert "恩施" in qianjiang.read("partners", "list")
    enshi.put_clock(2 * DAY)
    enshi.serve()
    qianjiang.tongban("queue", "retry", "--partner", ENSHI, "--reason", "对方已恢复")
    until(lambda: enshi.state(number))
    seen = enshi.tongban("partners", "show", QIANJIANG, "--ask")
    assert seen["there"]["told_at"], seen


def a_rollback(enshi: Office, qianjiang: Office) -> None:
    """Back to the version of the morning."""
    versions = qianjiang.tongban("partners", "history", ENSHI)["versions"]
    first = min(one["version"] for one in versions)
    qianjiang.tongban("partners", "rollback", ENSHI, str(first), "--yes")
    assert "envelopes_per_minute" not in qianjiang.read("partners", "check")
    number = qianjiang.submit()
    until(lambda: enshi.state(number))


@pytest.mark.timeout(300)
def test_the_operators_day(two: tuple[Office, Office, list[str]]) -> None:
    enshi, qianjiang, asked = two
    from_nothing(enshi, qianjiang, asked)
    assert len(asked) <= 10, asked
    for chapter in (morning, a_wrong_edit, a_right_edit, keys_rotate, a_revoked_key, the_partner_away, a_rollback):
        chapter(enshi, qianjiang)


def test_the_page_tells_the_day_with_commands_that_exist() -> None:
    from gateway.cli.tree import root
    from tests.unit.cli.test_command_docs import commands

    chapter = DOC.split("## 运维的一天", 1)[1].split("\n## ", 1)[0]
    known = {path for path, _ in commands(root)}
    said = re.findall(r"^tongban ((?:[a-z-]+ ?){1,2})", chapter, flags=re.MULTILINE)
    assert len(said) >= 12
    for words in said:
        assert any(f"tongban {words.strip()}" in path or path in f"tongban {words.strip()}" for path in known), words
