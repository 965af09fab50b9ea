from groundup import App

app = App()


@app.get("/hello/<name>")
def hello(name):
    return {"hello": name}


@app.post("/orders/<int:number>")
def change_order(request, number):
    order = request.json()
    return {"order": number, "items": len(order["items"])}, 201


if __name__ == "__main__":
    app.run(port=8000)
