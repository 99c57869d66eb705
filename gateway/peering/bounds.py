"""Bounds of the door to other regions, and the options of gRPC that keep them.  What happens at each is said beside it."""

from collections.abc import Sequence

from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb

KIB = 1024
MIB = 1024 * KIB

SERVICE = pb.DESCRIPTOR.services_by_name["ExchangeService"].full_name

MOST_ENVELOPES = 64
"""In one call; more are refused with BATCH_TOO_LARGE."""
ENVELOPE_BYTES = MIB
"""One payload; a larger one is refused with ENVELOPE_TOO_LARGE."""
BATCH_BYTES = 3 * MIB
"""Sum of the payloads of one call; more is refused with BATCH_TOO_LARGE."""
MESSAGE_BYTES = 4 * MIB
"""One gRPC message: a full batch with its signatures and room to spare.  A larger one never reaches our code."""
ANSWER_BYTES = 3 * MIB
"""Batches of receipts in one answer, which leaves room for 64 problems; the rest is told to come again."""
CHUNK_BYTES = 256 * KIB
"""One message of a material; a larger one is refused with MALFORMED."""
PUT_BYTES = 64 * MIB
"""One upload call; the call that goes on is refused with MALFORMED and what arrived is kept."""

SHORTEST_SECONDS = 0.5
"""A call with less time left is refused with DEADLINE_TOO_SHORT."""
HEADROOM_SECONDS = 0.2
"""Kept back of the caller's time, so that our answer, even a refusal, still reaches it."""
LONGEST_WAIT_SECONDS = 50
"""For something to hand out."""

DESCRIBE_SECONDS = 10.0
DELIVER_SECONDS = 30.0
COLLECT_MARGIN_SECONDS = 30.0
RECALL_SECONDS = 30.0
MATERIAL_SECONDS = 300.0
HANDSHAKE_SECONDS = 5.0
"""A partner that does not finish a TLS handshake in that time cannot be reached."""

SERVED_SECONDS = {
    "DescribeGateway": 30.0,
    "CollectEnvelopes": LONGEST_WAIT_SECONDS + COLLECT_MARGIN_SECONDS,
    "PutMaterial": MATERIAL_SECONDS,
    "GetMaterial": MATERIAL_SECONDS,
}
"""How long a call may run here, whatever the caller allows; also what a call without a deadline gets."""
SERVED_SECONDS_OTHERWISE = 60.0

STREAMS_PER_CONNECTION = 64
"""Calls of one connection at a time; gRPC lets more wait at the caller's."""
CALLS_AT_ONCE = 4096
"""Of all partners together, those included that wait for their turn (256 of each partner at the most, `admission`); more
are turned away by gRPC with RESOURCE_EXHAUSTED."""
CONNECTIONS = 1024
"""Of everybody together, in handshakes as well; more are closed as they come, so that descriptors never run out."""
SERVER_HANDSHAKE_SECONDS = 10.0
"""A connection that has not ended its TLS handshake by then is closed."""
IDLE_SECONDS = 300.0
"""A connection without a call is closed after it; whoever needs it connects anew."""

Options = Sequence[tuple[str, int | str]]

_BOTH: Options = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    # Above the first a call is turned away with growing likelihood, above the second always.
    ("grpc.max_metadata_size", 16 * KIB),
    ("grpc.absolute_max_metadata_size", 20 * KIB),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # Without this a peer that vanished is noticed after a minute, whatever the keepalive says.
    ("grpc.http2.ping_timeout_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),
)

SERVER_OPTIONS: Options = (
    *_BOTH,
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.max_concurrent_streams", STREAMS_PER_CONNECTION),
    ("grpc.max_allowed_incoming_connections", CONNECTIONS),
    # Two processes on one port would share the calls at random.
    ("grpc.so_reuseport", 0),
    # So that a removed authority or a new certificate takes effect on connections that never pause.
    ("grpc.max_connection_age_ms", 3_600_000),
    ("grpc.max_connection_age_grace_ms", 310_000),
)

CLIENT_OPTIONS: Options = (
    *_BOTH,
    # Connections of other channels were made with other certificates.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_http_proxy", 0),
    # Retries are the queue's: it knows what is idempotent and how long the partner has been away.
    ("grpc.enable_retries", 0),
    ("grpc.keepalive_permit_without_calls", 0),
)
