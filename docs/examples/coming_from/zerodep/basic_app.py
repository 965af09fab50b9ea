from groundup import App, JSONResponse

app = App()


@app.get("/hello")
async def hello(request):
    return {"message": "Hello, World!"}


@app.post("/echo")
async def echo(request):
    return JSONResponse(request.json())


app.run(host="127.0.0.1", port=8000)
