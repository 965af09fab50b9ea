"""Values as compact JSON (RFC 8259) and back, by a writer and a reader that are made once.

Apart from the response because it is a matter of the standard library's own machinery:
`json.dumps` with options of its own makes an encoder for each call, which costs more than a short
text itself. The rule: the text is what `json.dumps` would give, on every Python.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from json import encoder
from typing import Any, Final, NoReturn

ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def make_writer() -> Callable[[Any], str]:
    """What writes a value as text: the C encoder itself where there is one, else ENCODER."""
    try:
        chunks = encoder.c_make_encoder(  # type: ignore[attr-defined, unused-ignore]
            None, ENCODER.default, encoder.encode_basestring, None, ":", ",", False, False, False
        )
        known = "".join(chunks({"a": [1, None, "é"]}, 0)) == '{"a":[1,null,"é"]}'
    except Exception:  # another Python's encoder wants to be made otherwise
        known = False
    return (lambda value: "".join(chunks(value, 0))) if known else ENCODER.encode


to_json: Final = make_writer()
"""`{"a": "é"}` → '{"a":"é"}'. ValueError for NaN and infinity, TypeError for what JSON has not."""


def refuse_constant(name: str) -> NoReturn:
    """ValueError for NaN, Infinity and -Infinity: Python reads them, JSON has not got them."""
    raise ValueError(f"{name} is no JSON")


from_json: Final = json.JSONDecoder(parse_constant=refuse_constant).decode
"""'{"a":"é"}' → `{"a": "é"}`. ValueError for what is no JSON."""
