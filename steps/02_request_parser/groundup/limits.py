"""How much a peer may send before the answer is no.

Apart from the code that uses them, so that every number stands on one page with its unit and its
reason. The rule: a limit is checked before anything is stored, and it depends on the position of
a byte alone, never on how the bytes happened to arrive.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits of one connection, and of a server's. All sizes are in bytes.

    `Limits()` is safe on the open internet; `Limits(body=10 << 20)` lets uploads of 10 MiB in.
    """

    # A request line without its CRLF. Apache's value; RFC 9112 §3 asks for 8,000 at the least.
    request_line: int = 8190
    # Field lines in one section. A browser sends about 15; a hundred leaves proxies room to add.
    header_count: int = 100
    # The whole field section, its closing empty line included. One cookie may take 4 KiB, and
    # a site may set a dozen.
    header_bytes: int = 65536
    # The content of one request, after decoding. Larger uploads belong in a stream.
    body: int = 1 << 20
    # All chunk extensions of one message together. Nobody needs them (RFC 9112 §7.1.1).
    chunk_extensions: int = 4096
    # The trailer section, its closing empty line included. A checksum or a signature fits.
    trailer_bytes: int = 8192
    # The content of one request that its handler reads as a stream: it is never held whole.
    streamed_body: int = 1 << 30
    # Connections held at a time; beyond, an idle one makes room or the newcomer gets a 503.
    connections: int = 1000
    # Requests answered on one connection before it closes, so that load balancers may rebalance.
    requests_per_connection: int = 10_000
    # Requests of one connection answered in one go, before the others have their turn.
    pipeline: int = 16
    # What a peer may send ahead while a response is owed; then nothing more is read.
    pipeline_bytes: int = 65536
