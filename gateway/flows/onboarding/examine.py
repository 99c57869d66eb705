"""An introduction arrives: whole, of whom, for us, and what kind of partner file it would make.

1 read      as every file that people edit is read
2 fits      it has the shape of an introduction
3 proven    signed by the seal key it names, which stands in the file: it is whole            else: a finding
4 for us    not ended, not for somebody else, with keys and an authority that can be used (`introduction_rules`)
5 beside    as the partner file it would become it passes the checker, beside those that are there

All that is found in 3 to 5 is told together.  Nothing is written here.  Whose the file is only the fingerprint can tell.
"""

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Self

from cryptography import x509

from gateway.case.code.divisions import Divisions
from gateway.case.errors import GatewayError
from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings, KeyPath, has_errors, in_order
from gateway.files.misfits import Misfit
from gateway.files.reader import parse
from gateway.files.shapes import check
from gateway.files.tree import Tree
from gateway.flows.onboarding.agreeing import Agreed
from gateway.flows.onboarding.prospect import TOLD, content, file_name
from gateway.partners.check import Checked, check_folder
from gateway.partners.cross import conflicts
from gateway.partners.introduction import PAYLOAD_TYPE, Introduction, fingerprint, said
from gateway.partners.introduction_rules import findings as rules_of
from gateway.partners.keys import PartnerKey, load_key, load_roots
from gateway.partners.load import Loaded, Surroundings, load
from gateway.partners.redirects import Redirects
from gateway.partners.schema import Use
from gateway.trust.dsse import verify_signatures
from gateway.trust.suites import KeyUse, VerifyKey, suite_named

_STEP = re.compile(r"[^.\[\]]+|\[\d+\]")
_OTHER_SIDE = {"our_scope": "their_scope", "their_scope": "our_scope", "ours": "theirs", "theirs": "ours"}
_AGAIN = Text("请对方重新发来原文件, 不要改动", "ask for the original again, unchanged")

WriteYaml = Callable[[Mapping[str, object]], str]


@dataclass(frozen=True, slots=True)
class Read:
    """An introduction that has the shape of one, and what was found wrong with it so far.

    Attributes:
        digits: the fingerprint.
    """

    introduction: Introduction
    tree: Tree
    digits: str
    findings: Findings


@dataclass(frozen=True, slots=True)
class Folder:
    """The partner files that are there, and what they are judged against."""

    path: Path
    checked: Checked
    around: Surroundings

    @classmethod
    def of(cls, path: Path, divisions: Divisions, own_region: str, today: date) -> Self:
        """Return the folder as it is at this moment."""
        around = Surroundings(divisions, own_region, today, Redirects.packaged())
        return cls(path, check_folder(path, divisions, own_region, today), around)

    def name_of(self, path: Path) -> str:
        """Return what findings call a file of the folder."""
        return f"{self.path.name}/{path.name}"

    def present(self, code: str) -> Path | None:
        """Return the file of a partner, right or wrong, if there is one."""
        for name, loaded in self.checked.good.items():
            if loaded.partner.code == code:
                return self.path / name.rpartition("/")[2]
        found = (name.rpartition("/")[2] for name in self.checked.files)
        return next((self.path / name for name in found if name.startswith(f"{code}-")), None)

    def loaded(self, path: Path | None) -> Loaded | None:
        """Return the partner in a file of the folder that may go live."""
        return self.checked.good.get(self.name_of(path)) if path else None


@dataclass(frozen=True, slots=True)
class Prospect:
    """The partner file an introduction would become.

    Attributes:
        path: where it goes: over the present file of the partner, if there is one.
        said: what it says; without comments.
        loaded: the partner; None when the file has an error.
    """

    path: Path
    said: Mapping[str, object]
    loaded: Loaded | None
    findings: Findings


def read_introduction(
    raw: bytes, file: str, around: Surroundings, *, now: datetime, spoken: Sequence[str]
) -> Read | Findings:
    """Return the introduction in `raw` with what is wrong with it, or why it is none.

    Args:
        file: its name for findings.
        now: aware UTC.
        spoken: versions of the exchange format this gateway speaks.
    """
    tree = parse(raw, file)
    if not isinstance(tree, Tree):
        return tree
    introduction = check(tree, Introduction)
    if not isinstance(introduction, Introduction):
        return introduction
    signed = said(tree.data)
    found: list[Finding] = []
    keys, roots = _keys(introduction), _roots(introduction)
    found += _proof(introduction, tree, signed, keys, now)
    found += rules_of(
        introduction, tree, roots, divisions=around.divisions, own_region=around.own_region, now=now, spoken=spoken
    )
    return Read(introduction, tree, fingerprint(signed), in_order(found))


def prospect(read: Read, agreed: Agreed, folder: Folder, write: WriteYaml) -> Prospect:
    """Return the partner file that would be made, checked as the running gateway would check it."""
    introduction = read.introduction
    present = folder.present(introduction.code)
    path = present or folder.path / file_name(introduction)
    before = folder.loaded(present)
    whole = content(read.tree.data, agreed.written, before.tree.data if before else None)
    name = folder.name_of(path)
    with tempfile.TemporaryDirectory(prefix="tongban-") as apart:
        alone = Path(apart) / path.name
        alone.write_text(write(whole), encoding="utf-8")
        loaded, found = load(alone, name, folder.around)
    if loaded:
        others = (other for other_name, other in folder.checked.good.items() if other_name != name)
        found = (*found, *(one for one in conflicts((*others, loaded)) if one.file == name))
    findings = in_order(_pointed(found, read.tree, agreed))
    return Prospect(path, whole, None if has_errors(findings) else loaded, findings)


def _keys(introduction: Introduction) -> dict[str, PartnerKey]:
    keys: dict[str, PartnerKey] = {}
    for entry in introduction.keys:
        try:
            keys[entry.kid] = load_key(entry, Nothing())
        except Misfit:
            continue  # said of the partner file it would become
    return keys


class Nothing:
    """An introduction stands alone: no file lies beside it."""

    def read(self, name: str, most: int) -> bytes:
        """Find nothing."""
        raise FileNotFoundError(name)


def _roots(introduction: Introduction) -> tuple[x509.Certificate, ...]:
    roots: list[x509.Certificate] = []
    for pem in introduction.tls.roots:
        try:
            roots += load_roots(pem, Nothing())
        except Misfit:
            continue
    return tuple(roots)


def _proof(
    introduction: Introduction, tree: Tree, signed: bytes, keys: Mapping[str, PartnerKey], now: datetime
) -> Iterator[Finding]:
    signature = introduction.signature
    key = keys.get(signature.kid)
    if key is None or key.use is not Use.SEAL:
        yield tree.finding(
            ("signature", "kid"),
            Text(
                "签名所用的密钥不在文件的 keys 里, 或不是 use: seal",
                "it is not signed by a key of the file with use: seal",
            ),
            _AGAIN,
        )
        return
    # Dates are judged by the rules: a wrong signature and an ended key have different mends.
    verify = VerifyKey(key.kid, KeyUse.SEAL, suite_named(key.algorithm.value), key.public)
    try:
        verify_signatures(PAYLOAD_TYPE, signed, [(signature.raw, key.kid)], {key.kid: verify}, now)
    except GatewayError:
        yield tree.finding(
            ("signature", "value"),
            Text(
                "签名与内容不符: 文件签名之后被改动过",
                "the signature does not fit: the file was changed after it was signed",
            ),
            _AGAIN,
        )


def _pointed(found: Iterable[Finding], told: Tree, agreed: Agreed) -> Iterator[Finding]:
    """Yield findings of the file to be made, pointing to where their cause stands: introduction, draft or present file."""
    for one in found:
        path = _path(one.key)
        if path[:1] == ("agreements",) and agreed.tree is not told:
            yield replace(one, file=agreed.tree.file, line=agreed.tree.line(path))
            continue
        if path[:1] == ("agreements",):
            path = tuple(_OTHER_SIDE.get(step, step) if isinstance(step, str) else step for step in path)
        if path and path[0] in (*TOLD, "agreements"):
            at = told.finding(path, one.problem, one.fix)
            yield replace(at, severity=one.severity)
        else:
            yield one


def _path(key: str) -> KeyPath:
    return tuple(int(step[1:-1]) if step.startswith("[") else step for step in _STEP.findall(key))
