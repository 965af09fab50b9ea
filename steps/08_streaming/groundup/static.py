"""A directory of files, for everybody on the internet to try and get out of.

Apart from the files because here the path comes from a client. Two gates: the words of the path
are judged first, without the disk (`filenames`); what they lead to is then opened inside the root
and nowhere else (`disk.open_inside`). The rule: one answer, 404, for all that is refused, and the
same whether it is there or not.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, Protocol
from urllib.parse import quote

from groundup.codings import preferred_codings
from groundup.conditional import file_etag
from groundup.disk import Opened, open_inside, open_regular
from groundup.errors import HTTPException
from groundup.filenames import is_refused, safe_parts
from groundup.files import FileResponse
from groundup.request import Request
from groundup.response import URL_SAFE, Response
from groundup.suggest import refuse_unknown

# Compressed forms that may lie beside a file, best first, and what their names end with.
PRECOMPRESSED: Final = {"br": ".br", "gzip": ".gz"}

IMMUTABLE: Final = "public, max-age=31536000, immutable"  # a year (RFC 9111 §5.2.2.1, RFC 8246)

OPTIONS: Final = ("index", "immutable", "precompressed", "follow_symlinks")


class Routes(Protocol):
    """What `add_static` needs of a router: a Router, or an App."""

    def add_route(self, pattern: str, handler: Any, *, name: str | None = None) -> Any: ...


def add_static(
    router: Routes,
    prefix: str,
    root: str | os.PathLike[str],
    *,
    name: str = "static",
    **options: Any,
) -> StaticFiles:
    """Serve the files below `root` under `prefix`, for GET and HEAD; `options`: see StaticFiles.

    `url_for(name, path="css/site.css")` gives the path of one of them.
    """
    refuse_unknown("static()", options.keys() - OPTIONS, ("name", *OPTIONS))
    files = StaticFiles(root, **options)

    async def serve(request: Request, path: str = "") -> Response:
        return files(request, path)  # awaits nothing, and so says that it need not run in a thread

    prefix = prefix.rstrip("/")
    if prefix:
        router.add_route(prefix, serve, name=name)  # a redirect to the next one
    router.add_route(prefix + "/", serve, name=name)
    router.add_route(prefix + "/<path:path>", serve, name=name)
    return files


class StaticFiles:
    """A handler: `static(request, path)`, `path` decoded once, as a router's parameter is.

    `root` must be a directory. If it is a link, it is resolved now and not again.
    `index`: the file that stands for a directory; None for none. A directory is redirected to its
    path with a slash, so that relative links work; one without an index is a 404, never a list.
    `immutable`: a file never changes under its name: caches need not ask again for a year.
    `precompressed`: where `site.css.br` or `site.css.gz` lies beside `site.css`, it is sent to
    those who accept it. The plain file must be there, too.
    `follow_symlinks`: also those that lead out of the root. Inside it, they are always followed.
    Names that begin with a dot are not served, but for ".well-known".
    Calling it touches no disk: all of that is done by the response's `prepare`.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        *,
        index: str | None = "index.html",
        immutable: bool = False,
        precompressed: bool = True,
        follow_symlinks: bool = False,
    ) -> None:
        self.root = os.path.realpath(root)
        if not os.path.isdir(self.root):
            raise NotADirectoryError(f"{os.fspath(root)!r} is no directory: nothing to serve there")
        if index is not None and is_refused(index):
            raise ValueError(f"{index!r} cannot be an index: such a name is never served")
        self.index = index
        self.immutable = immutable
        self.precompressed = precompressed
        self.follow_symlinks = follow_symlinks

    def __call__(self, request: Request, path: str = "") -> Response:
        """The response for a path below the root; HTTPException 404 for one that is refused."""
        if not path and request.raw_path.endswith("/"):
            path = "/"
        directory = path.endswith("/")
        parts = safe_parts(path.removesuffix("/"))
        if directory:
            parts = (*parts, self.index_or_404())
        return StaticResponse(self, parts)

    def index_or_404(self) -> str:
        """The name of the index; HTTPException 404 without one."""
        if self.index is None:
            raise HTTPException(404)
        return self.index

    def open(self, parts: Sequence[str]) -> Opened:
        """The file at `parts` below the root; an OSError if there is none to be had."""
        if self.follow_symlinks:
            return open_regular(os.path.join(self.root, *parts))
        return open_inside(self.root, parts, is_refused)


class SlashMissing(Exception):
    """The path leads to a directory that has an index, but does not end with a slash."""


class StaticResponse(FileResponse):
    """The file at `parts` below a StaticFiles' root, or the redirect to a directory's slash."""

    __slots__ = ("files", "parts")

    def __init__(self, files: StaticFiles, parts: Sequence[str]) -> None:
        super().__init__(os.path.join(files.root, *parts))
        self.files = files
        self.parts = parts

    def prepare(self, request: Request) -> None:
        """See FileResponse. A directory that has an index becomes a redirect."""
        try:
            super().prepare(request)
        except SlashMissing:
            self.status_code, self.chunks = 308, None
            self.headers["location"] = with_slash(request)

    def open(self, request: Request) -> Opened:
        """The file, or the compressed form of it that the client would rather have."""
        plain = self._plain()
        if self.files.immutable:
            self.headers["cache-control"] = IMMUTABLE
        if not self.files.precompressed:
            return plain
        self.headers["vary"] = "Accept-Encoding"  # with the plain form, too: caches must know
        for coding in preferred_codings(request.headers.get("accept-encoding"), PRECOMPRESSED):
            compressed = self._compressed(coding)
            if compressed is not None:
                plain[0].close()
                return compressed
        return plain

    def _plain(self) -> Opened:
        """The file itself. SlashMissing, if it is a directory with an index."""
        with suppress(IsADirectoryError):
            if self.parts:
                return self.files.open(self.parts)
        file, _ = self.files.open((*self.parts, self.files.index_or_404()))
        file.close()
        raise SlashMissing

    def _compressed(self, coding: str) -> Opened | None:
        """The form of the file in this coding, announced by its fields; None if there is none."""
        *above, name = self.parts
        try:
            file, state = self.files.open((*above, name + PRECOMPRESSED[coding]))
        except OSError:
            return None
        self.headers["content-encoding"] = coding
        self.headers["etag"] = file_etag(state.st_mtime_ns, state.st_size, coding)
        return file, state


def with_slash(request: Request) -> str:
    r"""Where a directory's path goes on: '/docs?a=b' → '/docs/?a=b'.

    It begins with exactly one slash: to a browser, '//evil' and '/\evil' are other hosts.
    """
    path = "/" + request.raw_path.lstrip("/\\") + "/"
    query = f"?{request.query_string}" if request.query_string else ""
    return quote(path + query, safe=URL_SAFE)
