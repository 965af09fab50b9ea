"""The characters of HTTP/1.1 as sets of bytes, and the questions that are asked of them.

Apart, because parser, target and writer ask the same ones. The rule: there is no regular
expression here. A text is made of the allowed bytes when nothing is left once they are deleted.
"""

from string import ascii_letters, digits, hexdigits

DIGITS = digits.encode()
HEX_DIGITS = hexdigits.encode()
BLANKS = b"\t "
TCHARS = (ascii_letters + digits + "!#$%&'*+-.^_`|~").encode()  # RFC 9110 §5.6.2
VCHARS = bytes(range(0x21, 0x7F))
TARGET_CHARS = VCHARS.replace(b"#", b"")  # RFC 9110 §7.1: a fragment is never sent
VALUE_CHARS = BLANKS + VCHARS + bytes(range(0x80, 0x100))  # RFC 9110 §5.5
HOST_CHARS = (ascii_letters + digits + "-._~!$&'()*+;=%").encode()  # RFC 3986 §3.2.2, no comma


def only(data: bytes, allowed: bytes) -> bool:
    """Whether every byte of `data` is one of those `allowed`; true for no byte at all."""
    return not data.translate(None, allowed)


def is_token(data: bytes) -> bool:
    """RFC 9110 §5.6.2."""
    return data != b"" and only(data, TCHARS)


def is_number(data: bytes) -> bool:
    """One ASCII digit or more, no sign."""
    return data != b"" and only(data, DIGITS)


def is_extensions(data: bytes) -> bool:
    r"""What may follow a chunk's size: `b';a; b=c;d="e\"f"'` (RFC 9112 §7.1.1)."""
    while data:
        data = data.lstrip(BLANKS)
        if not data.startswith(b";"):
            return False
        name, data = split_token(data[1:].lstrip(BLANKS))
        after = data.lstrip(BLANKS)
        if name and after.startswith(b"="):
            name, data = split_value(after[1:].lstrip(BLANKS))
        if not name:
            return False
    return True


def split_token(data: bytes) -> tuple[bytes, bytes]:
    """The token at the front, `b""` if there is none, and the rest."""
    rest = data.lstrip(TCHARS)
    return data[: len(data) - len(rest)], rest


def split_value(data: bytes) -> tuple[bytes, bytes]:
    """The token or quoted string at the front, `b""` if there is none, and the rest."""
    if not data.startswith(b'"'):
        return split_token(data)
    place = 1
    while place < len(data):
        byte = data[place : place + 1]
        if byte == b'"':
            return data[: place + 1], data[place + 1 :]
        place += 2 if byte == b"\\" else 1
    return b"", data
