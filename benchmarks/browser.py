"""A browser's request: thirteen fields as Chromium sends them, one of them different each time.

Apart because the parser's benchmark and the servers' ask with the same request, so that their
figures can be held against each other. The rule: no two requests are alike, so that no cache of
whole requests could help.
"""

FIELDS = """\
Host: shop.example
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8
Accept-Language: en-GB,en;q=0.9,de;q=0.8
Accept-Encoding: gzip, deflate, br, zstd
Connection: keep-alive
Upgrade-Insecure-Requests: 1
Sec-Fetch-Dest: document
Sec-Fetch-Mode: navigate
Sec-Fetch-Site: none
Sec-Fetch-User: ?1
Cache-Control: max-age=0
Cookie: session={:016}; theme=dark"""  # noqa: E501


def browser_request(number: int, target: str = "/articles?page=2") -> bytes:
    """A GET with 13 fields, one of them different for each number."""
    lines = [f"GET {target} HTTP/1.1", *FIELDS.format(number).split("\n"), "", ""]
    return "\r\n".join(lines).encode()
