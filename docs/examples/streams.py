import asyncio

from groundup import App, Request
from groundup.sse import Event, EventStream, last_event_id
from groundup.streaming import StreamingResponse

app = App()


@app.get("/numbers.csv")
def numbers():
    def lines():
        yield "n,square\n"
        for n in range(1000):
            yield f"{n},{n * n}\n"

    return StreamingResponse(lines(), content_type="text/csv")


@app.get("/ticks")
async def ticks(request: Request):
    async def tick():
        while not request.stopping:
            yield b"tick\n"
            await asyncio.sleep(0.1)

    return StreamingResponse(tick(), content_type="text/plain")


@app.get("/events")
async def events(request: Request):
    last = last_event_id(request) or ""
    first = int(last) + 1 if last.isdecimal() else 1  # a client may send anything

    async def count():
        for number in range(first, first + 3):
            yield Event({"n": number}, id=str(number), event="count")

    return EventStream(count())
