"""The request target: one form for each method, and the host that an absolute one names."""

from __future__ import annotations

from wire_tables import Case, check_error, load

from groundup.errors import ProtocolError
from groundup.target import check_target
from workshop import kit


def targets() -> list[tuple[str, tuple[Case, str, str]]]:
    """Cases of the table whose target has allowed characters (the line's task judges those)."""
    rows = []
    for case in load("target"):
        method, _, rest = case.wire.partition(b"\r\n")[0].partition(b" ")
        target = rest.rpartition(b" ")[0]
        if target and all(0x21 <= octet <= 0x7E and octet != 0x23 for octet in target):
            call = f"check_target({method.decode()!r}, {target.decode()!r})"
            rows.append((call, (case, method.decode(), target.decode())))
    return rows


@kit.task("2.3")
def test_every_form_goes_with_its_method() -> None:
    for _, (case, method, target) in kit.cases(targets()):
        if case.refuse:
            continue
        host = check_target(method, target)
        names_host = method == "CONNECT" or not target.startswith(("/", "*"))
        if names_host and "host" in case.requests[0]:
            kit.expect(
                host,
                case.requests[0]["host"],
                f"the host that the target names  [{case.id}]",
                why=case.why,
                section="RFC 9112 §3.2.2",
            )
        elif not names_host:
            kit.expect(
                host,
                None,
                f"None: this target names no host  [{case.id}]",
                why=case.why,
                section="RFC 9112 §3.2.1",
            )


@kit.task("2.3")
def test_a_form_that_does_not_fit_is_refused() -> None:
    for _, (case, method, target) in kit.cases(targets()):
        if not case.refuse:
            continue
        error = kit.expect_raises(
            ProtocolError,
            check_target,
            method,
            target,
            want=f"a refusal with status 400  [{case.id}]",
            why=case.why,
            section=case.clause,
        )
        check_error(case, error)


@kit.task("2.3")
def test_a_port_of_many_digits_overflows_nothing() -> None:
    for _, (method, target) in kit.cases(
        (f"check_target({method!r}, a target with a port of 5,000 digits)", (method, target))
        for method, target in (
            ("CONNECT", "a:" + "9" * 5000),
            ("GET", "http://a:" + "9" * 5000 + "/"),
        )
    ):
        kit.expect_raises(
            ProtocolError,
            check_target,
            method,
            target,
            want="a refusal with status 400",
            why="int() of more than 4,300 digits is a ValueError: a crash of ours",
            status_code=400,
        )
