"""What is wrong with one partner file of the right shape, by itself: its keys and certificates, its rules, what ends."""

from dataclasses import dataclass
from datetime import date

from cryptography import x509

from gateway.case.code.divisions import Divisions
from gateway.files.findings import Finding, Findings, KeyPath
from gateway.files.misfits import Misfit
from gateway.files.tree import Tree
from gateway.partners import agreement_rules, rules, validity
from gateway.partners.beside import Beside
from gateway.partners.keys import PartnerKey, load_key, load_roots
from gateway.partners.redirects import Redirects
from gateway.partners.schema import PartnerFile


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a partner file is judged against."""

    divisions: Divisions
    own_region: str
    today: date
    redirects: Redirects


@dataclass(frozen=True, slots=True)
class Judged:
    """The keys and certificates of a file as far as they could be loaded, and everything wrong with it."""

    roots: tuple[x509.Certificate, ...]
    keys: tuple[PartnerKey, ...]
    findings: Findings


def judge(shape: PartnerFile, tree: Tree, filename: str, beside: Beside, around: Surroundings) -> Judged:
    """Load what `shape` names and look for everything wrong.

    Args:
        filename: of the file, which has to begin with the partner's code.
        beside: where the files are that it names.
    """
    roots, unusable_roots = roots_of(shape, tree, beside)
    keys, unusable_keys = keys_of(shape, tree, beside)
    return Judged(
        roots,
        keys,
        (
            *unusable_roots,
            *unusable_keys,
            *rules.findings(shape, tree, filename, around.divisions, around.own_region),
            *agreement_rules.findings(shape, tree, around.divisions, around.own_region, around.redirects),
            *validity.findings(shape, tree, roots, around.today),
        ),
    )


def roots_of(shape: PartnerFile, tree: Tree, beside: Beside) -> tuple[tuple[x509.Certificate, ...], Findings]:
    """Return the root certificates of a file that can be used, and what is wrong with the others."""
    roots: list[x509.Certificate] = []
    wrong: list[Finding] = []
    for position, pem in enumerate(shape.tls.roots):
        try:
            roots += load_roots(pem, beside)
        except Misfit as misfit:
            wrong.append(tree.finding(("tls", "roots", position), misfit.problem, misfit.fix))
    return tuple(roots), tuple(wrong)


def keys_of(shape: PartnerFile, tree: Tree, beside: Beside) -> tuple[tuple[PartnerKey, ...], Findings]:
    """Return the public keys of a file that can be used, and what is wrong with the others."""
    keys: list[PartnerKey] = []
    wrong: list[Finding] = []
    for position, entry in enumerate(shape.keys):
        try:
            keys.append(load_key(entry, beside))
        except Misfit as misfit:
            path: KeyPath = ("keys", position, misfit.at) if misfit.at else ("keys", position)
            wrong.append(tree.finding(path, misfit.problem, misfit.fix))
    return tuple(keys), tuple(wrong)
