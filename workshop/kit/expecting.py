"""`expect`, `expect_that`, `expect_raises`: assertions that say what was wanted.

Apart because tests read them all day; plain `assert` works too, and these say
more. Rule: the third argument is a sentence a learner understands, not the
name of a variable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from workshop.kit.caret import compare, show
from workshop.kit.verdicts import Wrong

E = TypeVar("E", bound=BaseException)


def expect(
    got: object, want: object, text: str, *, why: str | None = None, section: str | None = None
) -> None:
    r"""Fail unless `got == want`: `expect(line, b"hello\\n", "one line, LF included")`."""
    __tracebackhide__ = True
    if got == want and not (isinstance(got, bool) ^ isinstance(want, bool)):
        return
    shown_want, shown_got = compare(got, want)
    raise Wrong(f"{text}\n{shown_want}", shown_got, why, section)


def expect_that(
    condition: object,
    want: str,
    got: object = "it is not so",
    *,
    why: str | None = None,
    section: str | None = None,
) -> None:
    """Fail unless `condition`; `got` is text, or any value to be shown."""
    __tracebackhide__ = True
    if not condition:
        raise Wrong(want, got if isinstance(got, str) else show(got), why, section)


def expect_raises(
    kind: type[E],
    call: Callable[..., object],
    *args: object,
    want: str | None = None,
    why: str | None = None,
    section: str | None = None,
    **attributes: object,
) -> E:
    """Fail unless `call(*args)` raises `kind` with these attributes; gives the exception.

    `expect_raises(ProtocolError, parser.next_event, want="400", status_code=400)`
    """
    __tracebackhide__ = True
    promised = want or f"{kind.__name__} is raised"
    try:
        value = call(*args)
    except kind as error:
        _check_attributes(error, attributes, promised, why, section)
        return error
    except (NotImplementedError, Wrong):
        raise
    except Exception as error:
        got = f"{type(error).__name__}: {show(str(error))}"
        raise Wrong(f"{promised} ({kind.__name__})", got, why, section) from error
    raise Wrong(
        f"{promised} ({kind.__name__})", f"no exception; it gave {show(value)}", why, section
    )


def _check_attributes(
    error: BaseException,
    attributes: dict[str, object],
    want: str,
    why: str | None,
    section: str | None,
) -> None:
    missing = object()
    for name, value in attributes.items():
        got = getattr(error, name, missing)
        if got is missing:
            raise Wrong(
                f"{want}; .{name} == {show(value)}", f"{type(error).__name__} has no .{name}"
            )
        if got != value:
            label = f"{type(error).__name__}.{name}"
            shown_want, shown_got = compare(got, value)
            raise Wrong(f"{want}\n{label}: {shown_want}", f"{label}: {shown_got}", why, section)
