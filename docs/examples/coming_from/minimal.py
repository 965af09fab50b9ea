import asyncio

from groundup import App, Request, Router


async def hello(request: Request, name: str):
    return {"hello": name}


async def create(request: Request):
    return {"created": request.json()}, 201


router = Router()
router.add_route("/hello/{name}", hello)
router.add_route("/things", create, method="POST")

app = App(router)


async def main():
    server = await app.start_server("127.0.0.1", 8000)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
