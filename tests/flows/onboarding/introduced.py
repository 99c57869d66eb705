"""Two clean folders, 恩施 and 黔江, as `tongban init` makes them, and introductions to tamper with."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.tree import run
from gateway.files.reader import parse
from gateway.files.tree import Tree
from gateway.flows.onboarding.introduce import introduce
from gateway.flows.onboarding.partner_entry import entry_text
from gateway.settings import load_settings
from gateway.trust.keys import load_keys
from gateway.trust.suites import KeyUse
from tests.certificates import ENSHI, QIANJIANG, wall_clock

AGREEMENT = """\
agreements:
  - number: 恩通办协〔2026〕示例1号
    title: 恩施州与黔江区“跨省通办”合作协议(示例)
    valid_from: 2026-01-01
    valid_to: 2099-12-31
    our_scope: [422800]
    their_scope: [500114]
    items:
      - name: 社会保障卡申领
        basic: "000120011000"
        modes: [entrusted]
        directions: [outward]
        powers: [verify_originals]
"""
CONTACT = """
contact:
  name: 示例联系人
  role: 跨省通办窗口
  phone: "000-00000000"
"""


@dataclass
class Said:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What it printed for scripts."""
        return json.loads(self.out)

    @property
    def findings(self) -> dict[str, str]:
        """Problem in English by key."""
        return {one["key"]: one["problem"]["en"] for one in self.document["findings"]}


@dataclass
class Two:
    """The folders, and what runs commands in them."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def enshi(self) -> Path:
        return self.folder / ENSHI

    @property
    def qianjiang(self) -> Path:
        return self.folder / QIANJIANG

    @property
    def draft(self) -> Path:
        return self.enshi / "partners" / f"_{QIANJIANG}.yaml"

    def tongban(self, *arguments: object) -> Said:
        """Run a command."""
        self.capsys.readouterr()
        code = run([str(one) for one in arguments])
        said = self.capsys.readouterr()
        return Said(int(code), said.out, said.err)

    def invitation(self, name: str = "from-enshi.yaml") -> tuple[Path, str]:
        """恩施 introduces itself to 黔江 with its draft; the file and its fingerprint."""
        file = self.folder / name
        said = self.tongban("partners", "invite", "--home", self.enshi, "--for", QIANJIANG, "-o", file, "--json")
        assert said.code == 0, said
        return file, said.document["fingerprint"]

    def add(self, file: Path, digits: str, *more: object, home: Path | None = None) -> Said:
        """黔江 adds it unattended."""
        told = ("--yes", "--fingerprint", digits, "--no-test", "--json", *more)
        return self.tongban("partners", "add", file, "--home", home or self.qianjiang, *told)

    def examine(self, file: Path, *more: object) -> Said:
        """黔江 looks at it and writes nothing."""
        return self.tongban("partners", "add", file, "--home", self.qianjiang, "--dry-run", "--json", *more)

    def signed_again(self, change: Callable[[dict[str, Any]], None], **how: Any) -> Path:
        """An introduction of 恩施 that says something else, rightly signed by 恩施."""
        file, _ = self.invitation("original.yaml")
        tree = parse(file.read_bytes(), file.name)
        assert isinstance(tree, Tree)
        told = {key: value for key, value in tree.data.items() if key not in _OF_SIGNING}
        change(told)
        settings, _ = load_settings(self.enshi / "gateway.yaml")
        assert settings is not None
        key = load_keys(settings.keys).current(KeyUse.SEAL, wall_clock())
        made = introduce(told, **{"to": QIANJIANG, "key": key, "now": wall_clock(), **how})
        changed = self.folder / "changed.yaml"
        changed.write_text(entry_text(made.content), encoding="utf-8")
        file.unlink()
        return changed


_OF_SIGNING = ("introduction", "to", "made_at", "valid_until", "signature")


def two_folders(folder: Path, capsys: pytest.CaptureFixture[str]) -> Two:
    """Make both folders, with a draft of the agreement at 恩施."""
    two = Two(folder, capsys)
    for code, port in ((ENSHI, 18443), (QIANJIANG, 18444)):
        at = ("--peering", f"127.0.0.1:{port}", "--local", "127.0.0.1:0")
        assert two.tongban("init", folder / code, "--region", code, "--yes", *at).code == 0
        with (folder / code / "gateway.yaml").open("a", encoding="utf-8") as file:
            file.write(CONTACT)
    two.draft.write_text(AGREEMENT, encoding="utf-8")
    return two
