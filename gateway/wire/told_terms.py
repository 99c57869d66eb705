"""Terms of agreements as one side tells them to the other; both directions of the codec."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.wire.bounds import Length
from gateway.wire.gen.tongban.exchange.v1 import gateway_pb2 as pb
from gateway.wire.spot import Spot

TERMS = Length(0, 5_000)
AGREEMENT = Length(1, 200)
NAME = Length(0, 200)
VALUE = Length(0, 4_000)


@dataclass(frozen=True, slots=True)
class ToldTerm:
    """One term: number of the agreement, which term, and what it says; empty names the agreement as a whole."""

    agreement: str
    term: str
    value: str


def term_to_wire(term: ToldTerm) -> pb.AgreementTerm:
    """Write a term."""
    return pb.AgreementTerm(agreement=term.agreement, term=term.term, value=term.value)


def terms_from_wire(spot: Spot, wire: "Sequence[pb.AgreementTerm]") -> tuple[ToldTerm, ...]:
    """Read terms; every field that is wrong is noted at `spot`."""
    spot.items("terms", wire, TERMS)
    return tuple(_read(spot, one) for one in _first(wire))


def _read(spot: Spot, wire: pb.AgreementTerm) -> ToldTerm:
    return ToldTerm(
        spot.text("terms.agreement", wire.agreement, AGREEMENT),
        spot.text("terms.term", wire.term, NAME),
        spot.text("terms.value", wire.value, VALUE),
    )


def _first(wire: "Iterable[pb.AgreementTerm]") -> list[pb.AgreementTerm]:
    return list(wire)[: TERMS.most]
