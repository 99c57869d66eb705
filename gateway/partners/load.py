"""From the text of one partner file to a `Partner`, or everything that is wrong with this file alone."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.case.code.divisions import Divisions
from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings, has_errors
from gateway.files.reader import MAX_BYTES, parse, see
from gateway.files.shapes import check, validated
from gateway.files.tree import Tree
from gateway.partners.as_meant import everything
from gateway.partners.beside import Beside, FolderFiles, KeptFiles, read_regular
from gateway.partners.judging import Surroundings, judge, keys_of, roots_of
from gateway.partners.keys import PartnerKey
from gateway.partners.partner import Partner
from gateway.partners.schema import PartnerFile
from gateway.partners.source import PRIVATE_KEY, Source
from gateway.partners.terms import Agreement

__all__ = ["Loaded", "Surroundings", "load", "load_bytes", "load_kept", "unreadable"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A partner, the tree it came from, whose lines later findings point to, and the bytes of both."""

    partner: Partner
    tree: Tree
    source: Source


def load(path: Path, name: str, around: Surroundings) -> tuple[Loaded | None, Findings]:
    """Return the partner in the file at `path`, called `name` in findings, and all findings of this file.

    The partner is None when one of them is an error.
    """
    try:
        raw = read_regular(path, MAX_BYTES)
    except (OSError, ValueError) as error:
        return None, (unreadable(name, error),)
    return load_bytes(raw, path.name, name, FolderFiles(path.parent), around)


def load_bytes(
    raw: bytes, filename: str, name: str, beside: FolderFiles | KeptFiles, around: Surroundings
) -> tuple[Loaded | None, Findings]:
    """Return the partner in `raw` and all findings, as `load` does.

    Args:
        filename: of the file, which has to begin with the partner's code.
        name: of the file in findings.
        beside: where the files are that it names.
    """
    named = Recorded(beside)
    sight = see(raw, name)
    tree = sight.tree
    shape = validated(tree.data, PartnerFile) if tree and not sight.findings else None
    if tree is None or not isinstance(shape, PartnerFile):
        return None, everything(sight, shape, filename, named, around)
    judged = judge(shape, tree, filename, named, around)
    findings = list(judged.findings)
    if not has_errors(findings) and PRIVATE_KEY in raw:
        findings.append(_private_key(raw, name))
    if has_errors(findings):
        return None, tuple(findings)
    source = Source.of(raw, named.taken)
    return Loaded(_partner(shape, tree, judged.roots, judged.keys, around.divisions), tree, source), tuple(findings)


def load_kept(source: Source, name: str, divisions: Divisions) -> Loaded | None:
    """Return the partner in a version that was live before; None when this program cannot read it any more.

    It is not judged anew: what ran yesterday goes on although a rule has become stricter or a place was abolished, and the
    file on disk shows the finding.
    """
    tree = parse(source.raw, name)
    if not isinstance(tree, Tree):
        return None
    shape = check(tree, PartnerFile)
    if not isinstance(shape, PartnerFile):
        return None
    kept = KeptFiles(source.beside)
    (roots, no_roots), (keys, no_keys) = roots_of(shape, tree, kept), keys_of(shape, tree, kept)
    return None if no_roots or no_keys else Loaded(_partner(shape, tree, roots, keys, divisions), tree, source)


class Recorded:
    """Passes on what is read and remembers it, by name."""

    def __init__(self, beside: Beside) -> None:
        self._beside = beside
        self.taken: dict[str, bytes] = {}

    def read(self, name: str, most: int) -> bytes:
        """Return the content of a file."""
        self.taken[name] = self._beside.read(name, most)
        return self.taken[name]


def unreadable(name: str, error: OSError | ValueError) -> Finding:
    """Return the finding of a file that cannot be opened."""
    detail = (error.strerror if isinstance(error, OSError) else "") or type(error).__name__
    return Finding(
        name,
        0,
        "",
        Text(f"文件打不开: {detail}", f"the file cannot be opened: {detail}"),
        Text(
            "检查文件是否存在, 是否是普通文件, 以及读取权限", "check that it exists, is a regular file and may be read"
        ),
    )


def _private_key(raw: bytes, name: str) -> Finding:
    return Finding(
        name,
        raw.count(b"\n", 0, raw.index(PRIVATE_KEY)) + 1,
        "",
        Text("文件里有私钥", "a private key stands in the file"),
        Text(
            "立即删除并作废这把密钥; 伙伴文件只放公开内容",
            "delete it at once and revoke the key; only what is public belongs into a partner file",
        ),
    )


def _partner(
    shape: PartnerFile,
    tree: Tree,
    roots: tuple[x509.Certificate, ...],
    keys: tuple[PartnerKey, ...],
    divisions: Divisions,
) -> Partner:
    digest = hashlib.sha256(repr(tree.data).encode())
    for root in roots:
        digest.update(root.public_bytes(Encoding.DER))
    for key in keys:
        digest.update(key.kid.encode())
    return Partner(
        code=shape.code,
        name=shape.name,
        short_name=shape.short_name,
        status=shape.status,
        history=shape.history,
        delivery=shape.delivery,
        endpoints=shape.endpoints,
        roots=roots,
        pinned=frozenset(shape.tls.pinned),
        keys=keys,
        limits=shape.limits,
        retry=shape.retry,
        agreements=tuple(_followed(agreement, divisions) for agreement in shape.agreements),
        contacts=shape.contacts,
        notes=shape.notes or "",
        file=tree.file,
        digest=digest.hexdigest(),
        public_phone=shape.public_phone,
    )


def _followed(agreement: Agreement, divisions: Divisions) -> Agreement:
    """Return the agreement with each abolished place as its successor: it was made for the place, not for its code."""

    def now(scope: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(divisions.followed(code) for code in scope))

    return replace(agreement, our_scope=now(agreement.our_scope), their_scope=now(agreement.their_scope))
