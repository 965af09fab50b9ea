"""Content codings: which compressed form a client would take (RFC 9110 §8.4.1, §12.5.3).

Apart from the static files (step 8): who compresses, now or beforehand, asks the same question.
Pure: a field in, a coding out. The rule: a coding that the client did not name is not sent, and an
element that is malformed names nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

# RFC 9110 §12.5.3   Accept-Encoding = #( codings [ weight ] )
#                    codings         = content-coding / "identity" / "*"
# RFC 9110 §12.4.2   weight          = OWS ";" OWS "q=" qvalue
#                    qvalue          = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
CODING: Final = re.compile(
    r"(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]++)"
    r"(?:[\t ]*+;[\t ]*+[qQ]=(?P<q>0(?:\.[0-9]{0,3})?+|1(?:\.0{0,3})?+))?+"
)

IDENTITY: Final = "identity"
# Elements that are looked at. Browsers name four; there are not thirty codings in the registry.
MAX_ELEMENTS: Final = 32
ALIASES: Final = {"x-gzip": "gzip", "x-compress": "compress"}  # RFC 9110 §8.4.1


def parse_accept_encoding(field: str) -> dict[str, float]:
    """The weight of each coding named: 'br, gzip;q=0.5, *;q=0' → {'br': 1, 'gzip': 0.5, '*': 0}.

    Names in lower case, without ALIASES; the first of a repeated one counts. No more than
    MAX_ELEMENTS are looked at.
    """
    raise NotImplementedError("Task 7.7: read what a client would take")


def preferred_codings(field: str | None, available: Iterable[str]) -> list[str]:
    """Those of `available`, best first, that the client would rather have than none.

    ('gzip, br', ['br', 'gzip']) → ['br', 'gzip']      ('gzip;q=0, *', …) → ['br']
    ('identity, gzip;q=0.5', …) → []                   (None, …) → []
    Where the client does not care, the order of `available` decides, and a coding is better than
    none: it is why the field is sent. The plain form stays the last resort even where the field
    forbids it, since RFC 9110 §12.5.3 prefers that to a 406.
    """
    raise NotImplementedError("Task 7.7: read what a client would take")
