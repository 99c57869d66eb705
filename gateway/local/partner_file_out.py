"""Partner files as JSON for commands at this machine: what runs, versions, differences, rehearsals."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.case.item.words import MODE_TEXT
from gateway.case.texts import Text
from gateway.files.findings import Finding
from gateway.flows.partner_files.history import Difference, History, Told
from gateway.flows.partner_files.rehearse import Called, Rehearsal, Touched
from gateway.flows.partner_files.roll_back import RolledBack
from gateway.flows.partner_files.running import FileRunning, FilesRunning
from gateway.local.canonical_out import instant
from gateway.partners.changes import Change
from gateway.partners.route_changes import RouteGroup
from gateway.partners.terms import DIRECTION_TEXT
from gateway.store.partner_versions import Version

GROUPS_SHOWN = 200
PAIRS_SHOWN = 20

Content = Mapping[str, object]


def running(found: FilesRunning) -> Content:
    """Return what runs."""
    last = found.reload
    return {
        "reloaded_at": _instant(last.at),
        "files": last.files,
        "went_live": dict(last.live),
        "removed": list(last.removed),
        "refused": list(last.refused),
        "held_back": list(last.held_back),
        "findings": [_finding(one) for one in last.findings],
        "partners": [_running(one) for one in found.partners],
    }


def history(found: History) -> Content:
    """Return the versions of a partner."""
    return {
        "versions": [_version(one) for one in found.versions],
        "edits": [_told(one) for one in found.edits],
        "more": found.more,
    }


def difference(found: Difference) -> Content:
    """Return how two versions differ."""
    return {
        "from": found.before,
        "to": found.after,
        "added": found.lines.added,
        "removed": found.lines.removed,
        "diff": list(found.lines.diff),
        "beside": list(found.beside),
        "changes": None if found.changes is None else [_change(one) for one in found.changes],
    }


def rolled_back(done: RolledBack) -> Content:
    """Return what came back."""
    return {"version": done.version, "file": done.file, "sha256": done.sha256, "aside": done.aside}


def rehearsal(found: Rehearsal) -> Content:
    """Return what going live would do."""
    return {
        "files": found.files,
        "findings": [_finding(one) for one in found.findings],
        "held_back": list(found.held_back),
        "partners": [_touched(one) for one in found.touched],
        "unchanged": found.unchanged,
        "gained": _routes(found.gained, found.names),
        "lost": _routes(found.lost, found.names),
        "called": [_called(one) for one in found.called],
    }


def _running(one: FileRunning) -> Content:
    version = one.version
    return {
        "code": one.partner.code,
        "name": one.partner.name,
        "short_name": one.partner.short_name,
        "status": "closed" if one.closed else one.partner.status.value,
        "file": one.partner.file,
        "version": version.version if version else None,
        "live_since": instant(version.live_at) if version else None,
        "how": version.how if version else None,
        "who": version.who if version else None,
        "held_back": one.held_back,
    }


def _version(one: Version) -> Content:
    return {
        "version": one.version,
        "file": one.file,
        "sha256": one.sha256,
        "live_at": instant(one.live_at),
        "ended_at": _instant(one.ended_at),
        "ended_why": one.ended_why,
        "how": one.how,
        "who": one.who,
        "edited_at": instant(one.edited_at),
    }


def _told(one: Told) -> Content:
    edit = one.edit
    return {
        "at": instant(edit.at),
        "file": edit.file,
        "sha256": edit.sha256,
        "who": edit.who,
        "outcome": edit.outcome,
        "version": edit.version,
        "findings": edit.findings,
        "diff": one.diff.split("\n") if one.diff else [],
    }


def _change(one: Change) -> Content:
    return {"about": one.about.value, "text": _both(one.text)}


def _finding(one: Finding) -> Content:
    return {
        "file": one.file,
        "line": one.line,
        "key": one.key,
        "severity": one.severity.value,
        "problem": _both(one.problem),
        "fix": _both(one.fix),
    }


def _touched(one: Touched) -> Content:
    return {
        "code": one.code,
        "name": one.name,
        "what": one.what,
        "file": one.file,
        "changes": [_change(each) for each in one.changes],
        "open_cases": one.open.count,
        "open_by_state": one.open.by_state,
        "open_of_lost_routes": one.stranded,
        "examples": list(one.examples),
        "owed": one.owed,
    }


def _routes(groups: Sequence[RouteGroup], names: Mapping[str, str]) -> Content:
    return {
        "groups": len(groups),
        "routes": sum(len(group.pairs) for group in groups),
        "listed": [_group(group, names) for group in groups[:GROUPS_SHOWN]],
    }


def _group(group: RouteGroup, names: Mapping[str, str]) -> Content:
    return {
        "partner": group.partner,
        "item": group.item,
        "name": group.name,
        "mode": group.mode.value,
        "mode_text": _both(MODE_TEXT[group.mode]),
        "direction": group.direction.value,
        "direction_text": _both(DIRECTION_TEXT[group.direction]),
        "routes": len(group.pairs),
        "between": [
            {"theirs": theirs, "theirs_name": names[theirs], "ours": ours, "ours_name": names[ours]}
            for theirs, ours in group.pairs[:PAIRS_SHOWN]
        ],
    }


def _called(one: Called) -> Content:
    return {
        "code": one.code,
        "addresses": list(one.addresses),
        "passed": one.passed,
        "said": [_both(each) for each in one.said],
    }


def _both(text: Text) -> Content:
    return {"zh": text.zh, "en": text.en}


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else instant(moment)
