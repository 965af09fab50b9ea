@app.get("/users/<int:id>")
async def get_user(request, id):
    return {"user_id": id}


@app.get("/files/<path:filepath>")
async def get_file(request, filepath):
    return {"path": filepath}
