import threading

from groundup.engines.threads import ThreadServer
from groundup.net import listen


def counted(app, host="127.0.0.1", port=0):
    """Serve an app by threads and return the server, whose numbers anybody may look at."""
    server = ThreadServer(listen(host, port), app.handle, max_workers=8)
    threading.Thread(target=server.serve_forever).start()
    return server
