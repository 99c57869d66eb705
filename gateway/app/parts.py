"""What the flows of one gateway are bound to: store, keys, partners, catalogues, calendars, time; no flow runs here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.app.own_papers import OwnPapers
from gateway.app.watching import Watching
from gateway.app.world import World
from gateway.case.code.divisions import Divisions
from gateway.case.model import Case
from gateway.flows.clocks.clock_watch import ClockWatch
from gateway.flows.clocks.listening import Listening
from gateway.flows.clocks.time_limits import TimeLimits
from gateway.flows.clocks.timing import Timing
from gateway.flows.delivery.courier import Courier
from gateway.flows.delivery.settle import Settling
from gateway.flows.describe import AboutUs
from gateway.flows.gate import Gate
from gateway.flows.history_checks import HistoryChecks
from gateway.flows.items.catalogues import Catalogues
from gateway.flows.items.parity_checks import ParityChecks
from gateway.flows.keys.denying import Denying
from gateway.flows.licences.at_window import LicencesAtWindow
from gateway.flows.licences.gate import LicenceGate
from gateway.flows.licences.recheck import Rechecking
from gateway.flows.licences.verify import Verifying
from gateway.flows.lockouts import Lockouts
from gateway.flows.look import Looking
from gateway.flows.materials.transfer import Transfer
from gateway.flows.open_case import CaseOpening
from gateway.flows.partner_files.go_live import GoingLive
from gateway.flows.restored.behind import Behind
from gateway.flows.sealing import Sealer
from gateway.flows.standing.noting_courier import Note, NotingCourier
from gateway.flows.taking_cases import TakingCases
from gateway.flows.taking_in import TakingIn
from gateway.licences.connect import Licences
from gateway.partners.redirects import Redirects
from gateway.partners.registry import Registry
from gateway.settings.calendars import Almanac
from gateway.store.database import Database
from gateway.store.files import MaterialFiles
from gateway.trust.partner_view import PartnerFilesView
from gateway.trust.suites import VerifyKey
from gateway.trust.vault import Vault
from gateway.work.pulse import Pulse
from gateway.work.signals import Signals


@dataclass(slots=True)
class Parts:
    """What the flows of one gateway are bound to.

    Attributes:
        assign: which local system receives a case; empty when none does.
        papers: our keys and our certificate.
        denying: what is not believed any more.
        gate: shut while evidence cannot be kept.
        pulse: when each loop last did its work.
        behind: with whom a restored gateway has not caught up.
        described: who is told whatever a partner describes of itself.
        unclaimed_materials: most bytes a system, or a partner, may have waiting for a case.
    """

    about: AboutUs
    world: World
    database: Database
    vault: Vault
    files: MaterialFiles
    registry: Registry
    divisions: Divisions
    redirects: Redirects
    sealer: Sealer
    courier: Courier
    assign: Callable[[Case], str]
    catalogues: Catalogues
    almanac: Almanac
    unclaimed_materials: int
    going_live: GoingLive
    papers: OwnPapers
    denying: Denying
    behind: Behind = field(default_factory=Behind)
    gate: Gate = field(default_factory=Gate)
    pulse: Pulse = field(init=False)
    parity: ParityChecks = field(init=False)
    watch: ClockWatch = field(init=False)
    listening: Listening = field(init=False)
    signals: Signals = field(default_factory=Signals)
    lockouts: Lockouts = field(default_factory=Lockouts)
    watching: Watching = field(init=False)
    licences: Licences = field(default_factory=Licences)
    described: list[Note] = field(default_factory=list)
    _view: tuple[str, frozenset[str], PartnerFilesView] = ("", frozenset(), PartnerFilesView(()))

    def __post_init__(self) -> None:
        self.pulse = Pulse(self.world.monotonic)
        self.courier = NotingCourier(self.courier, self.described)
        self.watching = Watching(self.world.clock)
        clock, steady = self.world.clock, self.world.monotonic
        self.watch = ClockWatch(clock, steady)
        self.listening = Listening(self.database, self.registry, self.courier, self.watch, clock, steady)
        self.parity = ParityChecks(self.catalogues, self.about.region)

    def trusted(self) -> PartnerFilesView:
        """Return the partner snapshot in force as trust sees it; made once per snapshot and deny list."""
        snapshot, denied = self.registry.current(), self.denying.denied.kids
        if self._view[:2] != (snapshot.digest, denied):
            self._view = (snapshot.digest, denied, PartnerFilesView(snapshot, denied))
        return self._view[2]

    @property
    def own_keys(self) -> Mapping[str, VerifyKey]:
        """The public parts of our own keys, those out of use included."""
        return {key.kid: key.public_part() for key in self.papers.every_key.keys}

    def keys_of(self, region: str) -> Mapping[str, VerifyKey]:
        """Return the registered keys of a region, of either use."""
        return self.trusted().keys_of(region)

    def taking_in(self) -> TakingIn:
        """Return what decides about arriving envelopes, bound to the snapshot in force."""
        region, partners = self.about.region, self.registry.current()
        new_cases = TakingCases(
            region,
            self.about.region_name,
            partners,
            self.vault,
            self.catalogues,
            self.timing,
            self.assign,
            self.about.largest_material,
        )
        return TakingIn(region, partners, self.vault, self.timing, new_cases, self.checks)

    @property
    def timing(self) -> Timing:
        """What clocks are counted with: the calendars in force."""
        return Timing(self.almanac.current)

    @property
    def checks(self) -> HistoryChecks:
        """What holds an event against what happened before."""
        return HistoryChecks(self.about.region, self.vault, self.catalogues)

    @property
    def settling(self) -> Settling:
        """What writes down how a flight went."""
        return Settling(self.sealer, self.vault, self.timing, self.world.jitter)

    @property
    def verifying(self) -> Verifying:
        """What verifies electronic licences."""
        return Verifying(
            self.about.region,
            self.divisions,
            self.licences.source,
            self.licences.deadline,
            self.world.clock,
            self.licences.type_name,
        )

    @property
    def licence_gate(self) -> LicenceGate:
        """What verifies licences before an act."""
        window = LicencesAtWindow(self.verifying)
        return LicenceGate(self.database, self.vault, self.about.region, window, self.world.clock)

    @property
    def rechecking(self) -> Rechecking:
        """What asks again about licences that could not be verified."""
        return Rechecking(
            self.database, self.vault, self.about.region, self.verifying, self.world.clock, self.signals.told
        )

    @property
    def opening(self) -> CaseOpening:
        """What opens cases towards other regions."""
        return CaseOpening(
            database=self.database,
            vault=self.vault,
            registry=self.registry,
            divisions=self.divisions,
            redirects=self.redirects,
            sealer=self.sealer,
            catalogues=self.catalogues,
            timing=self.timing,
            parity=self.parity,
            licences=LicencesAtWindow(self.verifying),
            draw=self.world.draw,
            restored=self.behind.restored,
        )

    @property
    def time_limits(self) -> TimeLimits:
        """What tells clocks that ran out."""
        return TimeLimits(
            self.database,
            self.vault,
            self.sealer,
            self.timing,
            self.watch,
            self.about.region_name,
            self.signals.wake,
            self.signals.told,
            self.listening.listen,
        )

    @property
    def looking(self) -> Looking:
        """The reading flows."""
        return Looking(self.database, self.vault, self.timing, self.world.clock)

    @property
    def transfer(self) -> Transfer:
        """The flows of files."""
        largest, unclaimed = self.about.largest_material, self.unclaimed_materials
        return Transfer(self.database, self.files, self.world.clock, largest, unclaimed, self.taking_in)
