"""The exceptions by which the kit itself says that a test has failed.

They stand apart because everything else in the kit raises them and one module
(`judging`) reads them. Rule: an exception here carries what the reader needs
(wanted, got, why) as plain text, never a rendered failure.
"""

from __future__ import annotations


class Wrong(AssertionError):
    """The code did something else than it should: state *wrong*."""

    def __init__(
        self, want: str, got: str, why: str | None = None, section: str | None = None
    ) -> None:
        super().__init__(f"want {want}; got {got}")
        self.want = want
        self.got = got
        self.why = why
        self.section = section


class Hung(BaseException):
    """The test did not end in its time: state *hung*; `stack` says where.

    Not an `Exception`, so that a learner's `except Exception` cannot swallow it.
    """

    def __init__(self, want: str = "", stack: str = "") -> None:
        super().__init__(f"{want}\n{stack}")
        self.want = want
        self.stack = stack


class StopThread(BaseException):
    """Raised inside a server's thread that would not stop, so that it ends."""
