from groundup import App, HTTPException, Request, abort

app = App()
STOCK = {"tea": 3}


class OutOfStock(Exception):
    pass


@app.get("/stock/<name>")
def stock(name: str):
    if name not in STOCK:
        abort(404, "no such thing")
    return {name: STOCK[name]}


@app.post("/orders/<name>")
def order(name: str):
    if STOCK.get(name, 0) < 1:
        raise OutOfStock(name)
    STOCK[name] -= 1
    # it returns nothing: 204


@app.errorhandler(OutOfStock)
def out_of_stock(request: Request, error: OutOfStock):
    return {"error": f"there is no {error} left"}, 409


@app.errorhandler(404)
def not_found(request: Request, error: HTTPException):
    return {"error": error.message}
