"""From the text of one partner file to a `Partner`, or everything that is wrong with this file alone."""

import hashlib
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.case.code.divisions import Divisions
from gateway.files.findings import Finding, Findings, has_errors
from gateway.files.misfits import Misfit
from gateway.files.reader import read
from gateway.files.shapes import check
from gateway.files.tree import Tree
from gateway.partners import agreement_rules, rules, validity
from gateway.partners.keys import PartnerKey, load_key, load_roots
from gateway.partners.partner import Partner
from gateway.partners.redirects import Redirects
from gateway.partners.schema import PartnerFile
from gateway.partners.terms import Agreement


@dataclass(frozen=True, slots=True)
class Loaded:
    """A partner and the tree it came from, whose lines later findings point to."""

    partner: Partner
    tree: Tree


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a partner file is judged against."""

    divisions: Divisions
    own_region: str
    today: date
    redirects: Redirects


def load(path: Path, name: str, around: Surroundings) -> tuple[Loaded | None, Findings]:
    """Return the partner in the file at `path`, called `name` in findings, and all findings of this file.

    The partner is None when one of them is an error.
    """
    tree = read(path, name)
    if not isinstance(tree, Tree):
        return None, tree
    shape = check(tree, PartnerFile)
    if not isinstance(shape, PartnerFile):
        return None, shape
    findings: list[Finding] = []
    roots = _roots(shape, tree, path.parent, findings)
    keys = _keys(shape, tree, path.parent, findings)
    findings += rules.findings(shape, tree, path.name, around.divisions, around.own_region)
    findings += agreement_rules.findings(shape, tree, around.divisions, around.own_region, around.redirects)
    findings += validity.findings(shape, tree, roots, around.today)
    if has_errors(findings):
        return None, tuple(findings)
    return Loaded(_partner(shape, tree, roots, keys, around.divisions), tree), tuple(findings)


def _roots(shape: PartnerFile, tree: Tree, folder: Path, findings: list[Finding]) -> tuple[x509.Certificate, ...]:
    roots: list[x509.Certificate] = []
    for position, pem in enumerate(shape.tls.roots):
        try:
            roots += load_roots(pem, folder)
        except Misfit as misfit:
            findings.append(tree.finding(("tls", "roots", position), misfit.problem, misfit.fix))
    return tuple(roots)


def _keys(shape: PartnerFile, tree: Tree, folder: Path, findings: list[Finding]) -> tuple[PartnerKey, ...]:
    keys: list[PartnerKey] = []
    for position, entry in enumerate(shape.keys):
        try:
            keys.append(load_key(entry, folder))
        except Misfit as misfit:
            findings.append(tree.finding(("keys", position), misfit.problem, misfit.fix))
    return tuple(keys)


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
