"""The request target, and the host it belongs to (RFC 9112 §3.2, RFC 9110 §7.2).

Apart, because a host that two programs read differently is an attack of its own: the cache stores
under one name what the server made for another. The rule: one form of target for each method, one
host for each request.
"""

from ipaddress import AddressValueError, IPv6Address

from groundup.errors import ProtocolError
from groundup.grammar import ABSOLUTE, HOST
from groundup.headers import Headers


def check_target(method: str, target: str) -> str | None:
    """Raise ProtocolError(400) where the target's form does not suit the method.

    Returns the host that the target itself names, or None when it names none. Where a form has a
    host it may not be empty, with a port or without: `http://:80/` is refused.

    `GET /a?b`            origin-form     → None
    `GET http://h:1/a`    absolute-form   → `"h:1"`
    `CONNECT h:443`       authority-form  → `"h:443"`, for CONNECT alone
    `OPTIONS *`           asterisk-form   → None, for OPTIONS alone
    """
    if method == "CONNECT":
        return authority_host(target)
    if target.startswith("/"):
        return None
    if target == "*":
        if method == "OPTIONS":
            return None
        raise ProtocolError(400, "the target * is for OPTIONS alone", "RFC 9112 §3.2.4")
    match = ABSOLUTE.fullmatch(target)
    if match is None:
        raise ProtocolError(400, "the target is no path and no http URI", "RFC 9112 §3.2")
    host = match[1]
    if "@" in host:
        raise ProtocolError(400, "the target names a user", "RFC 9110 §4.2.4")
    if not host.partition(":")[0]:
        raise ProtocolError(400, "the target names no host", "RFC 9110 §4.2.1")
    check_host(host)
    return host


def authority_host(target: str) -> str:
    """The target of CONNECT: host and port, both needed (RFC 9112 §3.2.3)."""
    host, _, port = target.rpartition(":")
    if not host or not port.isdigit():
        raise ProtocolError(400, "CONNECT needs host:port as its target", "RFC 9112 §3.2.3")
    check_host(target)
    return target


def check_host(value: str) -> None:
    """Raise ProtocolError(400) unless `value` is a host with an optional port.

    `"a.example"`, `"a.example:8080"`, `"[::1]:80"` and `""` pass (RFC 9110 §7.2).
    """
    match = HOST.fullmatch(value)
    if match is None:
        raise ProtocolError(400, "the host is malformed", "RFC 9110 §7.2")
    host, port = match.groups()
    if port and int(port) > 65535:
        raise ProtocolError(400, "the host's port is above 65535", "RFC 9110 §7.2")
    if host.startswith("["):
        try:
            IPv6Address(host[1:-1])
        except AddressValueError:
            raise ProtocolError(400, "the host is no IPv6 address", "RFC 3986 §3.2.2") from None


def effective_host(target_host: str | None, version: str, headers: Headers) -> str:
    """The host that a request is for (RFC 9112 §3.3); Host is checked even where the target wins.

    Exactly one Host in HTTP/1.1, at most one in 1.0, each well formed: else ProtocolError(400).
    """
    hosts = headers.get_all("host")
    if len(hosts) > 1:
        raise ProtocolError(400, "there is more than one Host", "RFC 9112 §3.2")
    if not hosts and version == "1.1":
        raise ProtocolError(400, "Host is missing", "RFC 9112 §3.2")
    for host in hosts:
        check_host(host)
    if target_host is not None:
        return target_host
    return hosts[0] if hosts else ""
