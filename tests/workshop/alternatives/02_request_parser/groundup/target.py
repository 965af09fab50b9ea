"""The request target, and the host it belongs to (RFC 9112 §3.2, RFC 9110 §7.2).

Apart, because a host that two programs read differently is an attack of its own. The rule: one
form of target for each method, one host for each request; all of it is read by hand.
"""

from ipaddress import AddressValueError, IPv6Address

from groundup.errors import ProtocolError
from groundup.grammar import HEX_DIGITS, HOST_CHARS, is_number, only
from groundup.headers import Headers


def check_target(method: str, target: str) -> str | None:
    """The host that the target names, or None; ProtocolError(400) where its form is wrong."""
    if method == "CONNECT":
        host, _, port = target.rpartition(":")
        if not host or not is_number(port.encode()):
            raise ProtocolError(400, "CONNECT needs host:port", "RFC 9112 §3.2.3")
        check_host(target)
        return target
    if target.startswith("/") or (target == "*" and method == "OPTIONS"):
        return None
    scheme, _, rest = target.partition("://")
    if scheme.lower() not in ("http", "https") or scheme == target:
        raise ProtocolError(400, "no form of target that this method may have", "RFC 9112 §3.2")
    host = rest.replace("?", "/").split("/")[0]
    if "@" in host:
        raise ProtocolError(400, "a user in the target", "RFC 9110 §4.2.4")
    if not host or host.startswith(":"):
        raise ProtocolError(400, "a target without a host", "RFC 9110 §4.2.1")
    check_host(host)
    return host


def check_host(value: str) -> None:
    """Raise ProtocolError(400) unless `value` is a host with an optional port."""
    if value.startswith("["):
        address, bracket, port = value[1:].partition("]")
        good = bool(bracket) and is_ipv6(address) and (not port or port.startswith(":"))
        port = port[1:]
    else:
        name, _, port = value.partition(":")
        good = is_name(name.encode())
    if port:
        good = good and is_number(port.encode()) and len(port) <= 5 and int(port) <= 65535
    if not good:
        raise ProtocolError(400, "the host is malformed", "RFC 9110 §7.2")


def is_ipv6(text: str) -> bool:
    """Whether `text` is an address, without a zone (RFC 3986 §3.2.2)."""
    try:
        return "%" not in text and bool(IPv6Address(text).packed)
    except AddressValueError:
        return False


def is_name(name: bytes) -> bool:
    """A reg-name, maybe empty: each "%" begins an escape (RFC 3986 §3.2.2)."""
    escapes = [piece[:2] for piece in name.split(b"%")[1:]]
    return only(name, HOST_CHARS) and all(len(e) == 2 and only(e, HEX_DIGITS) for e in escapes)


def effective_host(target_host: str | None, version: str, headers: Headers) -> str:
    """The host that a request is for; Host is checked even where the target wins."""
    hosts = headers.get_all("host")
    if len(hosts) > 1 or (not hosts and version != "1.0"):
        raise ProtocolError(400, f"Host stands here {len(hosts)} times", "RFC 9112 §3.2")
    for host in hosts:
        check_host(host)
    return next(iter(hosts), "") if target_host is None else target_host
