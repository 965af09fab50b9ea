"""A shop that logs: `python3 -m workshop run 7 steps/07_middleware/lines.py`.

A hook and two layers, and none of the later ones. `--gzip` adds that of compression.
"""

import argparse
import sys

from groundup.app import App
from groundup.middleware.compression import Gzip
from groundup.middleware.requestlog import RequestId, RequestLog
from groundup.net import ListenError
from groundup.request import Request
from groundup.response import Response


def make_app() -> App:
    """The shop: an id and a line for each request, and a field on each response."""
    app = App()
    app.add_middleware(RequestId(), RequestLog(lambda line: print(line, file=sys.stderr)))

    @app.after_request
    def counted(request: Request, response: Response) -> None:
        """A hook sees every response, a 404 too."""
        response.headers["x-bytes"] = str(len(response.body))

    @app.get("/list")
    def listed() -> dict[str, object]:
        return {"items": [{"name": f"thing {n}", "price": n % 7} for n in range(200)]}

    return app


def main() -> None:
    """Listen, say where, and serve until somebody interrupts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--gzip", action="store_true")
    options = parser.parse_args()
    try:
        app = make_app()
        if options.gzip:
            app.add_middleware(Gzip())
        app.run(options.host, options.port)
    except (ListenError, NotImplementedError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
