import hashlib

from groundup import App, HTTPException, Request

app = App(max_body_size=64 << 10)


@app.post("/notes")
def create(request: Request):
    note = request.json()  # a 400 if it is no JSON
    if "text" not in note:
        raise HTTPException(422, "a note needs a text")
    return {"text": note["text"]}, 201


@app.put("/uploads/<name>", stream_body=True)
async def upload(request: Request, name: str):
    digest, size = hashlib.sha256(), 0
    async for part in request.stream():
        digest.update(part)
        size += len(part)
    return {"name": name, "bytes": size, "sha256": digest.hexdigest()}


@app.put("/copies/<name>", stream_body=True)
def copy(request: Request, name: str):
    return {"name": name, "bytes": sum(len(part) for part in request.stream())}
