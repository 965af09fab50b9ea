"""Where a connection stands, and what takes it further: all states and moves in one table.

Apart from `connection` so that the table fits on a screen: whoever asks "may this happen now?"
finds the answer here and nowhere else. The rule: what is not in the table does not happen.
"""

from enum import Enum


class State(Enum):
    """Where a connection stands."""

    IDLE = "no request has been given out; one may be arriving"
    BODY = "a head has been given out, its body is being read"
    OWED = "the request is complete, its response is owed"
    DUPLEX = "the body is being read while the response is being sent"
    SENDING = "the request is complete, its response is being sent"
    UNREAD = "the response is sent; what is left of the body is thrown away"
    REFUSED = "the peer broke the rules: only a refusal may follow"
    CLOSED = "nothing more is read, nothing more is sent"


class Move(Enum):
    """What takes a connection from one state to the next."""

    HEAD = "a request head is given out"
    END = "the end of the request is given out"
    BEGIN = "the head of a response is sent, its body is to follow"
    RESPONSE = "a response is sent to its end, and the connection stays"
    LAST_RESPONSE = "a response is sent to its end that says: close"
    FAULT = "the peer's bytes break the rules"
    REFUSAL = "a refusal is sent"
    LEFT = "the peer has closed between two requests"


MOVES = {
    (State.IDLE, Move.HEAD): State.BODY,
    (State.IDLE, Move.LEFT): State.CLOSED,
    (State.IDLE, Move.FAULT): State.REFUSED,
    (State.IDLE, Move.REFUSAL): State.CLOSED,
    (State.BODY, Move.END): State.OWED,
    (State.BODY, Move.BEGIN): State.DUPLEX,
    (State.BODY, Move.RESPONSE): State.UNREAD,
    (State.BODY, Move.LAST_RESPONSE): State.CLOSED,  # its body is unread: it would poison the next
    (State.BODY, Move.FAULT): State.REFUSED,
    (State.BODY, Move.REFUSAL): State.CLOSED,
    (State.OWED, Move.BEGIN): State.SENDING,
    (State.OWED, Move.RESPONSE): State.IDLE,
    (State.OWED, Move.LAST_RESPONSE): State.CLOSED,
    (State.OWED, Move.REFUSAL): State.CLOSED,
    (State.DUPLEX, Move.END): State.SENDING,
    (State.DUPLEX, Move.RESPONSE): State.UNREAD,
    (State.DUPLEX, Move.LAST_RESPONSE): State.CLOSED,
    (State.DUPLEX, Move.FAULT): State.CLOSED,  # too late for a refusal: a response has begun
    (State.SENDING, Move.RESPONSE): State.IDLE,
    (State.SENDING, Move.LAST_RESPONSE): State.CLOSED,
    (State.UNREAD, Move.END): State.IDLE,
    (State.UNREAD, Move.FAULT): State.CLOSED,
    (State.REFUSED, Move.FAULT): State.REFUSED,
    (State.REFUSED, Move.REFUSAL): State.CLOSED,
}

# By name: a member asked of its Enum is looked up by Python code, and these are asked for often.
IDLE, BODY, OWED, DUPLEX, SENDING, UNREAD, REFUSED, CLOSED = State
READING = (IDLE, BODY, DUPLEX, UNREAD)
RESPONDING = (DUPLEX, SENDING)
