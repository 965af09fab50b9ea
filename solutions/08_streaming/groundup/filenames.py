"""The names of files that a client may ask for.

Apart from the static files because it judges words alone: no disk is asked, so nothing that lies
there can change the answer. The rule: what any system could read as something else than a name is
refused on every system, so that a site that was tested on one is safe on another.
"""

from __future__ import annotations

import re
from typing import Final

from groundup.errors import HTTPException

# What Windows, or a program that was written for it, would read as something else: separators,
# a drive or a stream of a file ("a.txt:secret"), wildcards, last dots and spaces, which fall off,
# and devices ("con", and "con.txt" too). With them: control characters, NUL above all.
NOT_A_NAME: Final = re.compile(
    r"""(?ix)
    [\x00-\x1f\x7f\\/:*?"<>|]
    | [.\x20] \Z
    | \A (?: con | prn | aux | nul | conin\$ | conout\$ | (?: com | lpt ) [0-9\xb9\xb2\xb3] )
         \x20* (?: \. | \Z )
    """
)
# Public though it begins with a dot: certificates are proved by what lies in it (RFC 8615).
WELL_KNOWN: Final = ".well-known"


def safe_parts(path: str) -> tuple[str, ...]:
    """The names in a decoded path, '' for the root; HTTPException 404 if any is to be refused.

    'css/site.css' → ('css', 'site.css')      '' → ()      '/etc', 'a//b', '../a', 'C:a' → 404
    """
    parts = tuple(path.split("/")) if path else ()
    if any(is_refused(part) for part in parts):
        raise HTTPException(404)
    return parts


def is_refused(name: str) -> bool:
    """Whether one name of a path is never served: see NOT_A_NAME; and hidden files."""
    hidden = name.startswith(".") and name != WELL_KNOWN
    return not name or hidden or NOT_A_NAME.search(name) is not None
