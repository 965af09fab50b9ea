"""Requests to begin with: most of them right, many of them odd, a few plainly wrong.

Apart from the mutations because a mutation finds little in what is dull: the values here are the
ones that programs read differently. Rule: everything comes from the `Random` that is passed in,
so that a seed is the whole of an input.
"""

from __future__ import annotations

from random import Random

METHODS = (b"GET", b"POST", b"HEAD", b"PUT", b"OPTIONS", b"CONNECT", b"get", b"*", b"M-SEARCH")
PATHS = (b"/", b"/a", b"/a/b?c=d&e", b"/%41%2F..", b"/a|b", b'/"{}^`\\', b"//x", b"/;=,:@")
FORMS = (
    b"*", b"http://a/b", b"HTTP://a.example:80", b"https://a?q", b"http://u@a/", b"http://:80/",
    b"http:///", b"a:443", b"[::1]:443", b"a:", b":443", b"a", b"ftp://a/", b"/a#b", b"/\xe9",
    b"http://[::1]:8080/x", b"http://a:65536/", b"a:99999", b"/\x7f", b"?", b"http://a%zz/",
)  # fmt: skip
VERSIONS = (b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/1.2", b"HTTP/2.0", b"http/1.1", b"HTTP/1")

HOSTS = (
    b"a", b"a.example", b"A-1.EXAMPLE:80", b"127.0.0.1:8080", b"[::1]", b"[::1]:80", b"", b"a:",
    b"a:0", b"a:65535", b"a:65536", b"a:59999", b"a:60000", b"a:64999", b"a:65499", b"a:65529",
    b"a:65530", b"a:65540", b"a:65600", b"a:66000", b"a:70000", b"a:00080", b"a:000080", b"a:9999",
    b"a:10000", b"a:8o", b"a:-1", b"a:+80", b"a:80:80", b"a b", b"a,b", b"a, a", b"u@a", b"a/b",
    b"a_b~!$&'()*+;=", b"a%41", b"a%4", b"a?", b"a#", b"[", b"[]", b"[::g]", b"[::1", b"::1",
    b"\xe9", b"a\x00", b"a\x0b", b"a.", b".", b"-", b"a\\b", b"[::ffff:1.2.3.4]:1",
)  # fmt: skip
LENGTHS = (
    b"0", b"1", b"5", b"00", b"05", b"3, 3", b"3,3", b"+3", b"-1", b"0x5", b"5.", b"", b"3 ",
    b"1e1", b"9999999999999999999", b"99999999999999999999", b"18446744073709551621", b"\xb2",
    b"3;", b"5 5", b"1048576", b"1048577", b"\xd9\xa3",
)  # fmt: skip
CODINGS = (
    b"chunked", b"Chunked", b"CHUNKED", b"chunked,", b",chunked", b" , chunked\t,",
    b"gzip, chunked", b"chunked, gzip", b"chunked, chunked", b"identity", b"", b"xchunked",
    b"chunked;q=1", b'"chunked"', b"chunked\x0b", b"chunke", b"gzip",
)  # fmt: skip
CONNECTIONS = (
    b"close", b"keep-alive", b"Close", b"KEEP-ALIVE", b"close, keep-alive", b"keep-alive,close",
    b"upgrade", b"", b",", b"close,", b"x, close\t", b"closed", b"keep-alive\t", b"clos\xe9", b"te",
    b"keep-alive, keep-alive", b'"close"', b"close;x", b"x",
)  # fmt: skip
EXPECTS = (b"100-continue", b"100-Continue", b"100-continue, 100-continue", b"200-ok", b"", b"1")
VALUES = (
    b"", b"v", b"a b", b"a\tb", b"\xe9\xff", b"a:b", b"a\x00b", b"a\x01b", b"a\x7fb", b"a\x0bb",
    b"a\rb", b"a\nb", b"\x85", b"\xa0", b"v" * 60, b"host: x", b"a\x0cb", b"\x1f", b"a\r\rb",
)  # fmt: skip
NAMES = (
    b"Accept", b"cookie", b"X", b"Te", b"Trailer", b"Hosts", b"Hos", b"Xhost", b"Content-Lengt",
    b"Content_Length", b"Transfer-Encodin", b"Connectio", b"Expec", b"", b"X Y", b"X(", b"X\xe9",
    b"!#$%&'*+-.^_`|~", b"Content-Length\x00", b"Upgrade", b"Cookie2",
)  # fmt: skip
DECIDING = (
    (b"Host", HOSTS), (b"Content-Length", LENGTHS), (b"Transfer-Encoding", CODINGS),
    (b"Connection", CONNECTIONS), (b"Expect", EXPECTS),
)  # fmt: skip
COLONS = (b":", b": ", b":\t", b":  \t", b" :", b"\t:", b"::", b"")
BREAKS = (
    b"\n", b"\r", b"\r\r\n", b"\r\n ", b"\r\n\t", b"\n\r\n", b"\r\n\r\n", b"", b" \r\n", b"\0\r\n",
)  # fmt: skip
EXTENSIONS = (
    b"", b"", b"", b";a", b";a=b", b';a="b;c"', b' ; a = "b\\"c"', b";",
    b";a=", b"; ", b" ", b"\t;a", b';a="', b";a=b\rc", b";a\xe9", b';a="\xe9"', b";\x01", b"x",
)  # fmt: skip
SIZES = (
    b"%x", b"%X", b"0%x", b"000000000000000%x", b"0000000000000000000%x", b"+%x", b"0x%x", b" %x",
)  # fmt: skip
TRAILERS = (
    b"", b"", b"", b"X-Sum: 9\r\n", b"Content-Length: 3\r\n", b"X\r\n", b"a: \xe9\t\r\nb:\r\n",
)  # fmt: skip
FILLING = b"GET / HTTP/1.1\r\nHost: smuggled\r\n\r\n0123456789abcdef"


def often(rng: Random, share: float) -> bool:
    """True in `share` of the cases."""
    return rng.random() < share


def wire(rng: Random, odd: float) -> bytes:
    """One request or a few, one behind the other; `odd`: how many of its choices are unusual."""
    count = rng.choice((1, 1, 1, 2, 3))
    before = b"\r\n" * rng.choice((1, 1, 2)) if often(rng, odd / 4) else b""
    return before + b"".join(request(rng, odd) for _ in range(count))


def request(rng: Random, odd: float) -> bytes:
    """A request whose body is what its fields say, unless it is to be odd."""
    kind = rng.choice(("none", "none", "length", "length", "chunked"))
    body = FILLING[: rng.randrange(len(FILLING))] if kind != "none" else b""
    fields = [field(rng, b"Host", rng.choice(HOSTS[:6]), odd)]
    if kind == "length":
        fields.append(field(rng, b"Content-Length", b"%d" % len(body), odd))
    elif kind == "chunked":
        fields.append(field(rng, b"Transfer-Encoding", rng.choice(CODINGS[:3]), odd))
        body = chunks(rng, body, odd)
    fields += [other(rng, odd) for _ in range(rng.randrange(4))]
    if often(rng, 0.25):
        rng.shuffle(fields)
    return request_line(rng, odd) + b"".join(fields) + end_of_line(rng, odd / 3) + body


def request_line(rng: Random, odd: float) -> bytes:
    """`GET /a HTTP/1.1`, mostly."""
    method = rng.choice(METHODS if often(rng, odd) else METHODS[:4])
    target = rng.choice(FORMS if often(rng, odd) else PATHS)
    if method == b"CONNECT" and often(rng, 0.7):
        target = rng.choice(FORMS[7:11])
    version = rng.choice(VERSIONS if often(rng, odd) else VERSIONS[:3])
    space = rng.choice((b"  ", b"\t", b"")) if often(rng, odd / 6) else b" "
    return method + b" " + target + space + version + end_of_line(rng, odd / 3)


def field(rng: Random, name: bytes, value: bytes, odd: float) -> bytes:
    """A field line, its name in whatever case, its value between whatever whitespace."""
    name = rng.choice((name, name, name.lower(), name.upper(), name.swapcase()))
    colon = rng.choice(COLONS if often(rng, odd / 2) else COLONS[:3])
    after = rng.choice((b" ", b"\t", b" \t ", b"\x0b")) if often(rng, odd / 2) else b""
    return name + colon + value + after + end_of_line(rng, odd / 3)


def other(rng: Random, odd: float) -> bytes:
    """A further field: harmless, or one that decides something, once more or in an odd spelling."""
    if often(rng, odd):
        name, values = rng.choice(DECIDING)
        return field(rng, name, rng.choice(values), odd)
    if often(rng, 0.3):
        return field(rng, b"Connection", rng.choice(CONNECTIONS[:4]), odd)
    strange = often(rng, odd)
    name = rng.choice(NAMES if strange else NAMES[:6])
    return field(rng, name, rng.choice(VALUES if strange else VALUES[:6]), odd)


def end_of_line(rng: Random, odd: float) -> bytes:
    """CRLF, mostly."""
    return rng.choice(BREAKS) if often(rng, odd) else b"\r\n"


def chunks(rng: Random, body: bytes, odd: float) -> bytes:
    """The body in chunks of any size, with extensions and trailers."""
    parts = []
    while body:
        size = rng.randint(1, len(body))
        parts.append(size_line(rng, size, odd) + body[:size] + end_of_line(rng, odd / 3))
        body = body[size:]
    trailers = rng.choice(TRAILERS if often(rng, odd) else TRAILERS[:4])
    return b"".join(parts) + size_line(rng, 0, odd) + trailers + end_of_line(rng, odd / 3)


def size_line(rng: Random, size: int, odd: float) -> bytes:
    """`1a;name=value` and the end of the line."""
    spelling = rng.choice(SIZES if often(rng, odd) else SIZES[:3])
    extension = rng.choice(EXTENSIONS if often(rng, odd) else EXTENSIONS[:6])
    return spelling % size + extension + end_of_line(rng, odd / 3)
