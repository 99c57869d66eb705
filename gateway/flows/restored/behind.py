"""With whom a gateway that was restored from a backup has not caught up yet.

While it is behind with a partner it seals nothing new for it and takes nothing new from it: a version, a sequence number
or a receipt given now may contradict one that was given after the backup.  Other partners are not concerned.  A
gateway that was never restored is behind with nobody, at the cost of one comparison.
"""

from dataclasses import dataclass, field

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store import incarnation
from gateway.store.database import Database
from gateway.store.incarnation import CaughtUp, Life


@dataclass(slots=True)
class Behind:
    """What is kept in memory of it; the store has the same.

    Attributes:
        days_done: days compared by partner since this process started, which tell an attempt that came further.
    """

    life: Life | None = None
    caught_up: dict[str, CaughtUp] = field(default_factory=dict)
    days_done: dict[str, int] = field(default_factory=dict)

    @property
    def restored(self) -> bool:
        """Whether this life of the store began with a restore."""
        return self.life is not None and self.life.backup_at is not None

    def is_behind(self, partner: str) -> bool:
        """Whether nothing new may be sealed for a partner or taken from it."""
        return self.restored and partner not in self.caught_up

    def need(self, partner: str) -> None:
        """Refuse what would be new.

        Raises:
            GatewayError: CATCHING_UP.
        """
        if self.is_behind(partner):
            raise GatewayError(Reason.CATCHING_UP, partner=partner)

    async def look(self, database: Database) -> None:
        """Read again what the store says; an operator may have ended the catching up with a partner."""
        life = await database.read(incarnation.life)
        if life is None or life.backup_at is None:
            self.life = life
            return
        rows = await database.read(lambda tx: incarnation.caught_up(tx, life.id))
        self.caught_up = {row.partner: row for row in rows}
        self.life = life
