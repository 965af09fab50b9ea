"""Two hundred clients and a page that waits half a second, on step 05 with twenty threads."""

import threading
import time

from workshop.attacks import Target, load_attacks
from workshop.stack import solution_stack
from workshop.steps import find_step

solution_stack(find_step(5)).install()

from groundup.app import App  # noqa: E402  (it comes out of the stack)
from groundup.engines.threads import ThreadServer  # noqa: E402
from groundup.net import listen  # noqa: E402

crowd = load_attacks(find_step(6))[0].run
app = App()


@app.get("/wait/<float:seconds>")
def wait(seconds: float) -> str:
    """What a database does to a handler."""
    time.sleep(seconds)
    return "waited\n"


class Here(Target):
    """A server in this process."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address


for places in (8, 180):
    server = ThreadServer(listen(backlog=256), app.handle, max_workers=20, queue_size=places)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    print(f"20 threads, {places} places to wait: {crowd(Here(server.address)).saw}", flush=True)
    server.stop()
    thread.join()
