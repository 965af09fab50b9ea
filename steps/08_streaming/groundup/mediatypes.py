"""What a file is, by its name: media types (RFC 9110 §8.3).

Apart from the files because it is a table and no I/O. `mimetypes` decides, but what a web site is
made of stands here: the standard library's table depends on the machine (on Windows a registry
may say that scripts are plain text) and on Python's version. The rule: text says that it is UTF-8,
and what nobody knows is bytes, never a guess at its content.
"""

from __future__ import annotations

import mimetypes
import posixpath
from typing import Final

UNKNOWN: Final = "application/octet-stream"

# By extension; yours to extend: media_types[".gltf"] = "model/gltf+json"
media_types: dict[str, str] = {
    ".avif": "image/avif",
    ".css": "text/css",
    ".csv": "text/csv",
    ".htm": "text/html",
    ".html": "text/html",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".mp4": "video/mp4",
    ".pdf": "application/pdf",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webm": "video/webm",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}

# A compressed file is sent as what it is, so its type is that of the wrapping, not of the inside.
WRAPPINGS: Final = {"gzip": "application/gzip", "bzip2": "application/x-bzip2"}


def guess_media_type(name: str) -> str:
    """'a.html' → 'text/html; charset=utf-8'      'a.tar.gz' → 'application/gzip'      'a' → bytes.

    `name` is a file's name or path; only its last piece counts.
    """
    base = posixpath.basename(name)
    kind = media_types.get(posixpath.splitext(base)[1].lower())
    if kind is None:
        # mimetypes reads URLs, and a colon would make one of it.
        guess, wrapping = mimetypes.guess_type(base.replace(":", "_"))
        kind = WRAPPINGS.get(wrapping, UNKNOWN) if wrapping else guess or UNKNOWN
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
