"""Who may read the served book: pages of this machine, asked for by their own address.

Apart because it is a judgement on words alone, and easily tested. Listening on loopback keeps
other machines out, but not other sites in the learner's browser: one may send requests here, or
let its own name mean 127.0.0.1 (DNS rebinding). The rule: the name that was asked for must be one
of this machine's own, and whoever comes from another page may open a page and nothing else.
"""

from collections.abc import Callable

OURS = ("127.0.0.1", "localhost", "[::1]")
Header = Callable[[str], str | None]


def refusal(host: str, header: Header, *, page: bool) -> str | None:
    """Why a request is refused, or None. `page`: a plain page or file, no live data.

    `host` is the effective host; the port is free, so that a forwarded one works.
    """
    host = host.lower()
    if host.rpartition(":")[0] not in OURS and host not in OURS:
        return f"this book is read at http://127.0.0.1, not at {host[:100]!r}"
    origin = header("origin")
    if origin is not None and origin.lower() != f"http://{host}":
        return "another site's page asked for this"
    return None if _own_page(header, page) else "another site's page asked for this"


def _own_page(header: Header, page: bool) -> bool:
    """What the browser says of the page that asked. `same-site` is another port: another program.

    A link on another page may lead here, and open in a tab of its own.
    """
    if header("sec-fetch-site") in (None, "same-origin", "none"):
        return True
    opens = header("sec-fetch-mode") == "navigate" and header("sec-fetch-dest") == "document"
    return page and opens
