"""Content-Disposition: under which name a file is saved (RFC 6266).

Apart from the files because it is pure, and a small art: a header is ASCII, names are not, and
browsers disagree on escapes. The rule: whatever a name holds, it ends neither the field nor the
folder that the file is saved in.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

# RFC 8187 §3.2.1: attr-char, beside letters, digits and the "_.-~" that quote() always keeps.
ATTR_CHARS: Final = "!#$&+^`|"
# What filename="…" cannot say to every browser (RFC 6266 appendix D).
NOT_PLAIN: Final = re.compile(r'[^ -~]|["\\%]')
# Controls, and what separates folders.
NOT_IN_A_NAME: Final = re.compile(r"[\x00-\x1f\x7f-\x9f/\\]")


def content_disposition(kind: str, filename: str) -> str:
    """The field's value. `kind` is 'attachment' or 'inline' (RFC 6266 §4.2).

    a.txt → attachment; filename="a.txt"
    né.txt → attachment; filename="n_.txt"; filename*=UTF-8''n%C3%A9.txt
    Both forms for a name that is not plain: old clients read the first (§4.3, appendix D).
    """
    name = NOT_IN_A_NAME.sub("_", filename)
    plain = NOT_PLAIN.sub("_", name)
    value = f'{kind}; filename="{plain}"'
    if plain != name:
        value += f"; filename*=UTF-8''{quote(name, safe=ATTR_CHARS, errors='replace')}"
    return value
