"""Ground Up as it stands after step 1 (written by `python3 -m workshop sync`)."""

from groundup.net import ListenError, Waker, listen, send_all
from groundup.server import Server

__all__ = [
    "ListenError",
    "Server",
    "Waker",
    "listen",
    "send_all",
]
