r"""The characters HTTP/1.1 is made of, as regular expressions.

Apart, because the parser, the writer and the target all ask the same questions. Each pattern has
its ABNF above it, line by line, with the section it comes from. The rule: a pattern is used with
`fullmatch` or `match`, never with `$`, which would also match before a last newline; and every
repetition is possessive (`++`, `*+`): it never gives back what it took, so no input is slow.
"""

import re

# RFC 9110 §5.6.2   tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "."
#                         / "^" / "_" / "`" / "|" / "~" / DIGIT / ALPHA
#                   token = 1*tchar
TOKEN_TEXT = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
TOKEN = re.compile(TOKEN_TEXT)

# RFC 9110 §5.5     field-value = *field-content
#                   field-vchar = VCHAR / obs-text            (0x21-0x7E, 0x80-0xFF)
#                   and SP and HTAB between them              (0x20, 0x09)
# Not in it: every other control character, NUL, CR and LF above all.
VALUE_TEXT = rb"[\t\x20-\x7e\x80-\xff]*+"
VALUE = re.compile(VALUE_TEXT)

# RFC 9112 §3.2     request-target = origin-form / absolute-form / authority-form / asterisk-form
# Here only its characters: any VCHAR but "#", since a fragment is never sent (RFC 9110 §7.1).
# RFC 3986 allows fewer, but browsers send "|" and "{" unescaped in queries.
TARGET_TEXT = rb"[!\"$-~]++"
TARGET = re.compile(TARGET_TEXT)

# RFC 9112 §2.3     HTTP-version = HTTP-name "/" DIGIT "." DIGIT
#                   HTTP-name    = %s"HTTP"                   (case-sensitive)
VERSION = re.compile(rb"HTTP/[0-9]\.[0-9]")

# RFC 9112 §2.1     HTTP-message = start-line CRLF
#                                  *( field-line CRLF )
#                                  CRLF
# RFC 9112 §3       request-line = method SP request-target SP HTTP-version
# RFC 9112 §5       field-line   = field-name ":" OWS field-value OWS
# OWS is made of characters that a value may have, so the value's class takes it along.
FIELD_TEXT = TOKEN_TEXT + rb":" + VALUE_TEXT + rb"\r\n"
HEAD = re.compile(
    rb"(" + TOKEN_TEXT + rb") (" + TARGET_TEXT + rb") HTTP/(1\.[01])\r\n"
    rb"((?:" + FIELD_TEXT + rb")*+)\r\n"
)

# The same for the head that nearly every GET has: a path as its target, exactly one Host, which is
# a plain name, and no other field that decides how the request is read. Its host is group 5.
# One pass over the bytes says it all, and nothing is left to decide.
DECIDING_NAME = rb"(?i:host|content-length|transfer-encoding|expect):"
OTHER_FIELDS = rb"(?:(?!" + DECIDING_NAME + rb")" + FIELD_TEXT + rb")*+"
PLAIN_HOST = rb"(?i:host):[\t ]*+([0-9A-Za-z.-]++(?::[0-9]{1,4}+)?+)[\t ]*+\r\n"
PLAIN_HEAD = re.compile(
    rb"(?!CONNECT )(" + TOKEN_TEXT + rb") (?=/)(" + TARGET_TEXT + rb") HTTP/(1\.[01])\r\n"
    rb"(" + OTHER_FIELDS + PLAIN_HOST + OTHER_FIELDS + rb")\r\n"
)  # fmt: skip

# RFC 9110 §8.6     Content-Length = 1*DIGIT                  (ASCII digits only, no sign)
DIGITS = re.compile(r"[0-9]++")

# RFC 9110 §5.6.4   quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE
QUOTED_TEXT = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*+"'

# RFC 9112 §7.1     chunk-size = 1*HEXDIG                     (at most 16 here: 64 bits)
# RFC 9112 §7.1.1   chunk-ext  = *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )
BWS = rb"[\t ]*+"
CHUNK_LINE = re.compile(
    rb"([0-9A-Fa-f]{1,16})"
    rb"(?:" + BWS + rb";" + BWS + TOKEN_TEXT
    + rb"(?:" + BWS + rb"=" + BWS + rb"(?:" + TOKEN_TEXT + rb"|" + QUOTED_TEXT + rb"))?+)*+"
)  # fmt: skip

# RFC 9110 §7.2     Host       = uri-host [ ":" port ]
# RFC 3986 §3.2.2   uri-host   = IP-literal / IPv4address / reg-name
#                   IP-literal = "[" IPv6address "]"          (its inside is checked elsewhere)
#                   reg-name   = *( unreserved / pct-encoded / sub-delims )
# A comma is a sub-delim, but in a Host it means that somebody joined two of them: refused.
HOST = re.compile(
    r"(\[[0-9A-Fa-f:.]++\]|(?:[0-9A-Za-z._~!$&'()*+;=-]|%[0-9A-Fa-f]{2})*+)"
    r"(?::([0-9]{0,5}+))?+"
)

# RFC 9112 §3.2.2   absolute-form = absolute-URI              (http and https are served here)
ABSOLUTE = re.compile(r"(?i:https?)://([^/?]*+)(.*+)")
