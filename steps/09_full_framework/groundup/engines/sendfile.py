"""Parts of files, from the disk to a socket of an event loop.

Apart from the delivery because the best way differs: the kernel's `sendfile` where both ends are
plain descriptors, blocks read by a thread for TLS, for Windows and for a body in chunks. The rule:
the loop never waits for the disk to be read, and every step forward moves the write deadline, so
that a slow reader is told from one that has stopped.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from groundup.engines.worker import LoopWorker
from groundup.files import FilePart

if TYPE_CHECKING:
    from groundup.engines.plumbing import Plumbing

BLOCK = 1 << 18  # bytes that a thread reads at a time
SHORTER = "the file has become shorter while it was sent"
AT_ONCE = 1 << 23  # bytes asked of one sendfile; the socket takes what it has room for


async def send_file(
    plumbing: Plumbing, part: FilePart, *, whole: bool
) -> AsyncIterator[bytes | int]:
    """Send a part: yields a number for bytes that the kernel has sent, bytes for you to write.

    `whole`: the bytes go out as they are, and not in chunks. Raises OSError when the file has
    become shorter, or when the client is gone.
    """
    sock = plain_socket(plumbing) if whole else None
    if sock is None:
        async for block in by_threads(plumbing.hub.worker, part):
            yield block
        return
    await plumbing.flushed()
    duplicate = sock.dup()  # asyncio does not lend its transports' own descriptors
    try:
        duplicate.setblocking(False)
        async for size in by_kernel(plumbing, duplicate, part):
            yield size
    finally:
        duplicate.close()


def plain_socket(plumbing: Plumbing) -> Any:
    """The socket, if the kernel may write to it beside the transport: not under TLS."""
    if not hasattr(os, "sendfile") or plumbing.tls:
        return None
    sock = plumbing.transport.get_extra_info("socket")
    if sock is None or not hasattr(sock, "dup") or not can_watch(plumbing.hub.loop):
        return None
    return sock


def can_watch(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the loop can tell when a descriptor is writable: Windows' proactor cannot."""
    return not type(loop).__name__.startswith("Proactor")


async def by_threads(worker: LoopWorker, part: FilePart) -> AsyncIterator[bytes]:
    """Blocks, each read by a thread."""
    left, blocks = part.count, part.blocks(BLOCK)
    while block := await worker.call(next, blocks, b""):
        left -= len(block)
        yield block
    if left:
        raise OSError(SHORTER)


async def by_kernel(plumbing: Plumbing, sock: socket.socket, part: FilePart) -> AsyncIterator[int]:
    """`sendfile`, again and again, waiting for room in between."""
    offset, left = part.offset, part.count
    descriptor, source = sock.fileno(), part.file.fileno()
    while left:
        try:
            sent = os.sendfile(descriptor, source, offset, min(left, AT_ONCE))
        except BlockingIOError:
            await plumbing.room(descriptor)
            continue
        if sent == 0:
            raise OSError(SHORTER)
        offset, left = offset + sent, left - sent
        yield sent
