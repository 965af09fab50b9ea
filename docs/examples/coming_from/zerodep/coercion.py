@app.get("/dict")
async def as_dict(request):
    return {"key": "value"}  # → JSONResponse


@app.get("/text")
async def as_text(request):
    return "Hello"  # → Response (text/plain)


@app.get("/bytes")
async def as_bytes(request):
    return b"\x89PNG..."  # → Response (application/octet-stream)


@app.get("/tuple")
async def as_tuple(request):
    return {"ok": True}, 201  # → JSONResponse with status 201


@app.get("/empty")
async def as_none(request):
    return None  # → 204 No Content
