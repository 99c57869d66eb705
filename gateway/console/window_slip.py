"""The slip of an application that was taken in (收件凭证), to be printed for the applicant.

It is no decision to accept (受理).  It carries the applicant's name in full and their number masked, and no seal: where one belongs
it says 待盖章.
"""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from gateway.case.code.masking import mask_certificate, mask_name
from gateway.case.code.numbers import grouped
from gateway.case.event.results import WAY_NAMES
from gateway.case.item.limit_rules import limit_text
from gateway.case.item.words import MODE_TEXT
from gateway.case.model import Case, LicenceReference, Material, MaterialFile, Organisation
from gateway.case.texts import Lang, Text
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.flows.items.parity_checks import ParityWarning
from gateway.flows.people.window_taking import Slip
from gateway.flows.submit import notes_about


async def show_slip(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the slip of a case."""
    return await slip_page(desk, call, call.request.match_info["case"])


async def slip_page(desk: Desk, call: Call, case_id: str, *, warnings: Sequence[ParityWarning] = ()) -> web.Response:
    """Return the slip of a case, with what has to be said once to whoever took it in."""
    slip = await desk.window.taking.slip(call.person.person, case_id)
    view, lang = slip.view, call.lang
    case = view.case
    return desk.pages.page(
        call,
        "window_slip",
        case=case,
        row=view.row,
        number=grouped(case_id),
        query_code=slip.query_code,
        place=desk.divisions.named,
        mode=MODE_TEXT[case.mode],
        applicant=_applicant(slip),
        agent=mask_name(case.agent.person.name) if case.agent else "",
        materials=[_material(one, lang) for one in case.materials],
        limits=_limits(slip, lang),
        way=WAY_NAMES[case.delivery.way],
        has_pdf=desk.papers.pdfs.is_installed,
        fresh=bool(warnings) or "new" in call.request.query,
        warnings=[one.text.say(lang) for one in warnings],
        notes=[one.say(lang) for one in notes_about(view.row, desk.divisions)],
    )


def _applicant(slip: Slip) -> tuple[str, str]:
    applicant = slip.view.case.applicant
    if isinstance(applicant, Organisation):
        return applicant.name, applicant.uscc
    return applicant.name, mask_certificate(applicant.certificate_kind, applicant.certificate_number)


def _material(material: Material, lang: Lang) -> dict[str, Any]:
    form = material.form
    originals = copies = ""
    if isinstance(form, MaterialFile):
        kind = Text("电子件", "file")
    elif isinstance(form, LicenceReference):
        kind = Text("电子证照", "electronic licence")
    else:
        kind = Text("纸质", "paper")
        originals, copies = str(form.originals or ""), str(form.copies or "")
    seen = Text("已核验原件", "original seen") if material.original_seen else Text("", "")
    return {
        "name": material.name,
        "kind": kind.say(lang),
        "originals": originals,
        "copies": copies,
        "remark": seen.say(lang),
    }


def slip_rows(case: Case) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the headings and lines of the list of materials, as the slip on paper has them."""
    lines = [_material(one, Lang.ZH) for one in case.materials]
    named = ("name", "kind", "originals", "copies", "remark")
    return ("序号", "材料名称", "形式", "原件", "复印件", "备注"), [
        (str(at), *(str(one[name]) for name in named)) for at, one in enumerate(lines, 1)
    ]


def _limits(slip: Slip, lang: Lang) -> list[tuple[str, str]]:
    work = slip.view.row.clockwork
    if work is None:
        return []
    it = work.limits
    accepts = limit_text(it.acceptance) if it.acceptance else Text(f"{it.accept} 个工作日", f"{it.accept} working days")
    listed = [(Text("受理或一次告知", "Accepted, or told at once what is missing, within"), accepts)]
    listed += [(Text("承诺办结时限", "Promised limit from acceptance"), limit_text(it.promised))] if it.promised else []
    listed += [(Text("法定办结时限", "Legal limit"), limit_text(it.legal))] if it.legal else []
    return [(label.say(lang), value.say(lang)) for label, value in listed]
