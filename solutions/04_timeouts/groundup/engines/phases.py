"""What a connection of a blocking engine waits for.

Apart from the connection so that all phases stand on one screen. The rule: a phase has one
deadline, set when it begins.
"""

from enum import Enum


class Phase(Enum):
    """What a connection waits for, or who has it."""

    HANDSHAKE = "TLS is being agreed on"
    FRESH = "no byte has come yet"
    HEAD = "a head has begun to arrive"
    BODY = "a body is being collected"
    WORKING = "a request is being answered"
    UNREAD = "what is left of a body is thrown away"
    IDLE = "between two requests"
    LINGER = "the last answer has been sent, and its reader is given time"
    GONE = "it is over"


class Abandoned(BaseException):
    """A handler took too long: its client has been answered without it.

    No Exception, since a handler that reads a body must not take it for one of its own.
    """
