"""Find out whether this machine lets a test open a socket at all.

Apart because sandboxes forbid it in ways of their own. Rule: it is asked only after a
test has failed with an OSError, so that a machine where sockets work pays nothing.
"""

from __future__ import annotations

import socket
from functools import cache

from workshop.kit.judging import chain


@cache
def sockets_forbidden() -> str:
    """Why no socket can listen and be reached on loopback here; "" if one can."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            socket.create_connection(listener.getsockname(), 5).close()
    except OSError as error:
        return f"sockets are forbidden here ({error})"
    return ""


def reason_to_skip(error: BaseException) -> str:
    """Why a test that failed with this should be skipped instead; "" if it should not."""
    from_sockets = any(isinstance(link, OSError) for link in chain(error))
    return sockets_forbidden() if from_sockets else ""
