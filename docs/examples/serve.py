from groundup import App, Limits
from groundup.timeouts import Timeouts

app = App(
    limits=Limits(connections=5000, body=4 << 20),
    timeouts=Timeouts(header=5, handler=20),
)


shelf = {}  # a pool of database connections, in real life


@app.on_startup
async def fill():
    shelf["greeting"] = "hello"


@app.on_shutdown
def empty():
    shelf.clear()


@app.get("/")
async def index():
    return shelf["greeting"]


def main():
    return app.run(
        port=8000,
        workers=2,
        access_log="access.log",
        health="/healthz",
        lame_duck=5,
    )


if __name__ == "__main__":
    raise SystemExit(main())
