"""Task 9.8: what decides how a request is read (`whole.decide`)."""

import pytest

from groundup.events import NO_BODY
from groundup.whole import MOST_KNOWN_HOSTS, decide, known_hosts
from workshop import kit

pytestmark = kit.task("9.8")

MOST = 100  # bytes that a body may have here


def block(*lines):
    """Field lines as they stand behind a request line."""
    return "\n" + "".join(line + "\r\n" for line in lines)


def facts(lines, modern=True):
    """(host, stays, length of the body), or None."""
    kit.did(f"decide({block(*lines)!r}, modern={modern}, most={MOST})")
    decided = decide(block(*lines), modern, MOST)
    if decided is None:
        return None
    host, stays, framing = decided
    return host, stays, framing.length if framing is not NO_BODY else 0


PLAIN = [
    (["Host: a"], ("a", True, 0), "one Host and nothing else"),
    (["host: a.example:8080"], ("a.example:8080", True, 0), "whatever the case"),
    (["Accept: */*", "Host: a", "User-Agent: x"], ("a", True, 0), "among others"),
    (["Host: a", "Connection: close"], ("a", False, 0), "its last request"),
    (["Host: a", "CONNECTION: Keep-Alive"], ("a", True, 0), "it stays"),
    (["Host: a", "Content-Length: 5"], ("a", True, 5), "a body"),
    (["Content-Length: 0", "Host: a"], ("a", True, 0), "a body of nothing"),
    (["Host: a", "Content-Length: 100"], ("a", True, 100), "as large as it may be"),
    (["Host: a", "Content-Type: x", "Cookie: a"], ("a", True, 0), "fields that begin alike"),
    (["Host: a", "X-Host: b", "Hosts: c"], ("a", True, 0), "names that only look like it"),
]


@pytest.mark.parametrize(("lines", "want", "what"), PLAIN, ids=[row[2] for row in PLAIN])
def test_a_plain_request_is_decided(lines, want, what):
    kit.expect(facts(lines), want, f"host, whether it stays, length: {what}")


DOUBTFUL = [
    (["Host: a", "Host: a"], "two Hosts, and be they the same"),
    (["Host: a", "host: b"], "two Hosts"),
    ([], "no Host"),
    (["Host: "], "an empty Host"),
    (["Host: a b"], "a Host with a blank"),
    (["Host: a/b"], "a Host with a path"),
    (["Host: [::1]"], "an address that needs a second look"),
    (["Host: a:70000"], "a port that is none"),
    (["Host: a", "Content-Length: 5", "Content-Length: 5"], "two lengths"),
    (["Host: a", "Content-Length: 5, 5"], "a list of lengths"),
    (["Host: a", "Content-Length: +5"], "a length that is no number"),
    (["Host: a", "Content-Length: "], "an empty length"),
    (["Host: a", "Content-Length: 101"], "a body above the limit"),
    (["Host: a", "Transfer-Encoding: chunked"], "a coding"),
    (["Host: a", "Content-Length: 5", "Transfer-Encoding: chunked"], "both: the classic"),
    (["Host: a", "Expect: 100-continue"], "a client that waits"),
    (["Host: a", "Connection: keep-alive, close"], "two options"),
    (["Host: a", "Connection: upgrade"], "another option"),
    (["Host: a", "Connection: close", "Connection: close"], "two Connections"),
    (["Host: a", "Accept: 1", "TRANSFER-ENCODING: x", "B: 2"], "whatever its case and place"),
]


@pytest.mark.parametrize(("lines", "what"), DOUBTFUL, ids=[row[1] for row in DOUBTFUL])
def test_in_doubt_nothing_is_decided(lines, what):
    kit.expect(facts(lines), None, f"None, and the parser decides: {what}", section="RFC 9112 §6.3")


OLD = [
    (["Host: a"], ("a", False, 0), "HTTP/1.0 closes unless it is told otherwise"),
    (["Host: a", "Connection: keep-alive"], ("a", True, 0), "told otherwise"),
    (["Host: a", "Connection: close"], ("a", False, 0), "told so"),
]


@pytest.mark.parametrize(("lines", "want", "what"), OLD, ids=[row[2] for row in OLD])
def test_the_version_has_its_own_custom(lines, want, what):
    kit.expect(facts(lines, modern=False), want, what, section="RFC 9112 §9.3")


def test_what_is_remembered_is_bounded():
    for number in range(MOST_KNOWN_HOSTS * 3):
        decide(block(f"Host: h{number}"), True, MOST)
    kit.expect_that(
        len(known_hosts) <= MOST_KNOWN_HOSTS,
        f"at most {MOST_KNOWN_HOSTS} hosts are remembered",
        f"{len(known_hosts)}",
    )
    kit.expect(facts(["Host: a", "Content-Length: 1"]), ("a", True, 1), "and it still decides")
