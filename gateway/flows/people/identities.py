"""Whose account an identity at the provider is: linked and unlinked by a security officer, or bound by a one-time link.

An account is never made, found or linked by an address, a name or a login that the provider says: only by its subject, which
it never gives to somebody else (OpenID Connect Core 1.0 §5.7).  Of that a keyed hash is kept, with the issuer in it: another
provider's people are strangers, and a subject that is a number of a person can be read nowhere.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.people.apart import need_none_apart
from gateway.flows.people.signing_in import Present, SigningIn
from gateway.store import audit, console_sessions, people, provider_sessions
from gateway.store.database import ConstraintBroken, Database, Transaction
from gateway.trust.id_tokens import LONGEST_SUBJECT
from gateway.trust.vault import Vault

PURPOSE = "identity"
"""Of a one-time link that binds whoever signs in at the provider to an account."""


@dataclass(frozen=True, slots=True)
class Identities:
    """The flows, bound to one gateway and one provider.

    Attributes:
        issuer: of the provider.
    """

    database: Database
    vault: Vault
    clock: Callable[[], datetime]
    signing_in: SigningIn
    issuer: str

    def kept(self, subject: str) -> str:
        """Return what is kept of a subject at this provider."""
        return self.vault.lookup(f"{self.issuer}\n{subject}".encode(), b"people.subject").hex()

    def kept_session(self, session: str) -> bytes:
        """Return what is kept of a session there; empty for none."""
        return self.vault.lookup(f"{self.issuer}\n{session}".encode(), b"console_sessions") if session else b""

    async def is_linked(self, person_id: str) -> bool:
        """Whether an account is linked to an identity, of this provider or one before it."""
        return await self.database.read(lambda tx: provider_sessions.is_linked(tx, person_id))

    async def link(self, by: Present, person_id: str, subject: str) -> None:
        """Link an account to the identity a security officer read out of the provider; its sessions end.

        Raises:
            GatewayError: PERSON_UNKNOWN, AUDITOR_APART, PROVIDER_LINKED_ELSEWHERE, BAD_REQUEST with a finding.
        """
        if not 1 <= len(subject) <= LONGEST_SUBJECT or not subject.isascii() or not subject.isprintable():
            raise GatewayError(Reason.BAD_REQUEST, findings=[FieldFinding("subject", _NO_SUBJECT, _SUBJECT)], count=1)

        def link(tx: Transaction) -> None:
            self._need_none_apart(tx, person_id)
            self.bind(tx, person_id, subject, f"person:{by.person.person_id}", "officer")

        await self.database.write(link)

    async def unlink(self, by: Present, person_id: str) -> None:
        """Link an account to no identity any more; its sessions end.

        Raises:
            GatewayError: PERSON_UNKNOWN.
        """

        def unlink(tx: Transaction) -> None:
            now = self.clock()
            if people.find(tx, self.vault, person_id) is None:
                raise GatewayError(Reason.PERSON_UNKNOWN)
            provider_sessions.link(tx, person_id, "", now)
            console_sessions.end_all_of(tx, person_id)
            audit.note(tx, now, f"person:{by.person.person_id}", "console.identity_unlinked", person_id)

        await self.database.write(unlink)

    async def make_link(self, by: Present, person_id: str) -> str:
        """Return the token of a link by which whoever follows it and signs in at the provider is bound to an account.

        Raises:
            GatewayError: PERSON_UNKNOWN; AUDITOR_APART for an auditor, who signs in here.
        """

        def need(tx: Transaction) -> None:
            self._need_none_apart(tx, person_id)

        return await self.signing_in.make_link(PURPOSE, person_id, f"person:{by.person.person_id}", need)

    def _need_none_apart(self, tx: Transaction, person_id: str) -> None:
        kept = people.find(tx, self.vault, person_id)
        if kept is None:
            raise GatewayError(Reason.PERSON_UNKNOWN)
        need_none_apart(kept)

    def bind(self, tx: Transaction, person_id: str, subject: str, actor: str, how: str) -> None:
        """Link an account and end its sessions, within a transaction.

        Raises:
            GatewayError: PERSON_UNKNOWN, PROVIDER_LINKED_ELSEWHERE.
        """
        now = self.clock()
        if people.find(tx, self.vault, person_id) is None:
            raise GatewayError(Reason.PERSON_UNKNOWN)
        try:
            with tx.savepoint():
                provider_sessions.link(tx, person_id, self.kept(subject), now)
        except ConstraintBroken:
            raise GatewayError(Reason.PROVIDER_LINKED_ELSEWHERE) from None
        console_sessions.end_all_of(tx, person_id)
        audit.note(tx, now, actor, "console.identity_linked", person_id, detail=how)


_NO_SUBJECT = Text("不是认证平台的用户标识", "it is no subject of the provider")
_SUBJECT = Text(
    "填写认证平台管理页面上该用户的 sub, 最多 255 个英文字符; 或者发一次性关联链接",
    "give the user's sub as the provider's own pages show it, 255 ASCII characters at most; or make a one-time link",
)
