"""Start a server: another way to find the engine that the options mean.

Another design than the solution's: each engine is asked what is wrong with the options.
"""

import signal
import threading
import time
from inspect import signature

from groundup.engines.threads import ThreadServer
from groundup.net import format_address, listen
from groundup.server import Server
from groundup.suggest import did_you_mean

ENGINES = {"serial": Server, "threads": ThreadServer}


def serve(handle, host, port, **options):
    server = chosen_engine(options)(listen(host, port), handle, **options)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        thread.start()
        print(f"listening on {format_address(*server.address)}", flush=True)
        while thread.is_alive():
            time.sleep(0.1)
    except KeyboardInterrupt:
        print("stopping", flush=True)
    finally:
        server.stop()
        if thread.is_alive():
            thread.join()


def chosen_engine(options):
    takes = {mode: set(list(signature(kind).parameters)[2:]) for mode, kind in ENGINES.items()}
    known = {"mode", "host", "port"}.union(*takes.values())
    for name in sorted(set(options) - known):
        raise TypeError(f"run() knows no {name!r}{did_you_mean(name, sorted(known))}")
    mode = options.pop("mode") if "mode" in options else "threads"
    if mode not in takes:
        raise TypeError(f"there is no mode {mode!r}{did_you_mean(str(mode), takes)}")
    for name in sorted(set(options) - takes[mode]):
        raise TypeError(f"{name} and mode={mode!r} do not go together")
    return ENGINES[mode]
