"""Notices at the console, bound to one gateway; and the step that numbers those of acts at the console."""

from gateway.app.gateway import Gateway
from gateway.case.code.divisions import Divisions
from gateway.console.notice_pdf import NoticePdfs, is_installed
from gateway.console.paper_desk import Papers
from gateway.flows.act import Act, Acted, DoAct
from gateway.flows.notices.numbering import Numbering, NumberingActs
from gateway.flows.notices.printing import Printing, Told
from gateway.settings import Settings
from gateway.settings.paper_settings import RECONSIDER, SUE, PaperSettings
from gateway.settings.wordings_in_force import WordingsInForce


def paper_desk(
    gateway: Gateway, settings: Settings, divisions: Divisions, numbering: Numbering, wordings: WordingsInForce
) -> Papers:
    """Return what the pages of notices set off."""
    said = _said(settings)

    def phone_of(code: str) -> str:
        if code == gateway.about.region:
            return gateway.about.public_phone
        partner = gateway.registry.current().of(code)
        return partner.public_phone if partner else ""

    told = Told(
        reconsider=said.reconsider,
        sue=said.sue,
        usual_reconsider=RECONSIDER,
        usual_sue=SUE,
        progress_url=said.progress_url,
        named=divisions.named,
        phone_of=phone_of,
    )
    return Papers(
        printing=Printing(
            gateway.about.region,
            gateway.database,
            gateway.looking,
            gateway.catalogues,
            numbering,
            told,
            gateway.world.clock,
        ),
        pdfs=NoticePdfs(said.fonts, said.folder, is_installed=is_installed()),
        has_progress_page=bool(said.progress_url),
        gives_numbers=bool(said.organ),
        wordings=wordings,
    )


def wordings_of(settings: Settings) -> WordingsInForce:
    """Return the sentences of notices; a file of the operator's with an error does not count."""
    return WordingsInForce(_said(settings).folder)


def numbering_of(settings: Settings, wordings: WordingsInForce) -> Numbering:
    """Return who gives numbers."""
    said = _said(settings)
    return Numbering(said.organ, said.begin_at, wordings)


def numbered(gateway: Gateway, numbering: Numbering) -> DoAct:
    """Return how people act: as everybody does, and notices of what they do get their numbers with the act."""
    step = NumberingActs(numbering).before

    async def act(deed: Act) -> Acted:
        return await gateway.act(deed, step)

    return act


def _said(settings: Settings) -> PaperSettings:
    return settings.console.papers if settings.console else PaperSettings()
