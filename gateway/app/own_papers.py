"""What this gateway proves itself with now: signing keys and certificate, followed as their files change.

The files are looked at every second, and taken once they stand still, all of them or none: what cannot be used leaves what is
in use as it was, and is told.  A key signs from its `valid_from` on, so a new one is put in place days before and needs no
hand at its hour.  While partners may not have a new key yet, the one before signs beside it.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cryptography import x509

from gateway.app.world import World
from gateway.case.errors import GatewayError
from gateway.flows.keys.announcing import announcement
from gateway.partners.marks import Mark, mark_of
from gateway.partners.revoked import Denied
from gateway.peering.certificates import check_own
from gateway.peering.lines import Credentials
from gateway.settings import Settings
from gateway.trust.keys import OwnKeys, load_keys
from gateway.trust.suites import KeyUse, SigningKey
from gateway.trust.tls import Certified, load_certified
from gateway.trust.tokens import TokenMaker

EVERY = 1.0
"""Seconds between two looks; new files count at the second look that finds them alike."""


class OwnPapers:
    """The papers of one gateway.

    Attributes:
        certified: our certificate with its private key.
        authority: the certificates of who issued it; empty when the file cannot be used, which `tongban check` tells.
        error: why the files as they stand are not in use; None when they are.
        denied: what is on the deny list; a key of ours that is there signs nothing more.

    Raises:
        GatewayError: KEY_FILE_…, CONFIGURATION; a gateway does not start without.
    """

    def __init__(self, settings: Settings, world: World) -> None:
        self._settings = settings
        self._world = world
        self.denied: Callable[[], Denied] = Denied
        self.error: GatewayError | None = None
        self._mark = self._seen = self._looked()
        self._keys, self.certified, self.authority = self._read()
        self._usable: tuple[frozenset[str], OwnKeys] = (frozenset(), self._keys)
        self._credentials = self._made()
        self._announced: tuple[tuple[str, ...], bytes] = ((), b"")

    @property
    def keys(self) -> OwnKeys:
        """Our keys, those left out that are on the deny list."""
        kids = self.denied().kids
        if self._usable[0] is not kids:
            self._usable = kids, self._keys.without(kids)
        return self._usable[1]

    @property
    def every_key(self) -> OwnKeys:
        """Our keys, denied ones and those out of use included: what was signed with them is still ours."""
        return self._keys

    def denied_kids(self) -> frozenset[str]:
        """Return the ids of keys of ours that are on the deny list."""
        return frozenset(key.kid for key in self._keys.keys if key.kid in self.denied().kids)

    def refused(self) -> Denied:
        """Return what is on the deny list now."""
        return self.denied()

    def seal_key(self, moment: datetime) -> SigningKey:
        """Return the key that seals at a moment.

        Raises:
            GatewayError: KEY_FILE_MISSING, KEY_NOT_IN_FORCE.
        """
        return self.keys.current(KeyUse.SEAL, moment)

    def seal_keys(self, moment: datetime) -> tuple[SigningKey, ...]:
        """Return the key that seals and the one that signs beside it for partners that do not have the new one yet."""
        return self.keys.signing(KeyUse.SEAL, moment)

    def token_keys(self, moment: datetime) -> tuple[SigningKey, ...]:
        """Return the keys for tokens, the one to use first first."""
        return self.keys.signing(KeyUse.TOKEN, moment)

    def credentials(self) -> Credentials:
        """Return what calls prove themselves with."""
        return self._credentials

    def announcement(self, now: datetime) -> bytes:
        """Return our keys as they are announced to partners, sealed; empty when there is nothing they could not know.

        The same bytes until the keys change, so that a partner sees nothing new where nothing is.
        """
        keys = self.keys
        try:
            signing = keys.signing(KeyUse.SEAL, now)
        except GatewayError:
            return b""
        state = tuple(
            f"{key.kid} {key.valid_from} {key.seal_until} {key.accept_until}" for key in (*keys.keys, *signing)
        )
        if state != self._announced[0]:
            self._announced = state, announcement(keys, self._settings.region, signing, now)
        return self._announced[1]

    def now(self) -> datetime:
        """Return the time by which papers are judged, aware UTC."""
        return self._world.clock()

    async def look(self) -> bool:
        """Take the files as they stand; True when others are in use than before."""
        mark = self._looked()
        settled, self._seen = mark == self._seen, mark
        if mark == self._mark or not settled:
            return False
        self._mark = mark
        try:
            read = await asyncio.to_thread(self._read)
            if read[1].fingerprint != self.certified.fingerprint:
                check_own(read[1], self._settings.region, self._world.clock())
        except GatewayError as error:
            self.error = error
            return False
        self.error = None
        changed = (read[0].keys, read[2]) != (self._keys.keys, self.authority)
        before = self.certified.fingerprint
        self._keys, self.certified, self.authority = read
        self._usable = frozenset({""}), self._keys  # another object than any list of denied keys
        if self.certified.fingerprint != before:
            # Tokens name the certificate they are bound to; those by another key are made by the same maker.
            self._credentials = self._made()
            changed = True
        return changed

    def _read(self) -> tuple[OwnKeys, Certified, tuple[x509.Certificate, ...]]:
        tls = self._settings.tls
        keys, certified = load_keys(self._settings.keys), load_certified(tls.certificate, tls.private_key)
        try:
            authority = tuple(x509.load_pem_x509_certificates(tls.authority.read_bytes()))
        except (OSError, ValueError):
            authority = ()
        return keys, certified, authority

    def _made(self) -> Credentials:
        world = self._world
        tokens = TokenMaker(
            self._settings.region, self.token_keys, self.certified.fingerprint, world.clock, world.new_id
        )
        return Credentials(self.certified, tokens.token_for, tokens.key_not_known)

    def _looked(self) -> tuple[tuple[str, Mark], ...]:
        tls = self._settings.tls
        files: list[Path] = [
            *sorted(self._settings.keys.glob("*.key.json")),
            tls.certificate,
            tls.private_key,
            tls.authority,
        ]
        return tuple((str(file), mark_of(file, ())) for file in files)
