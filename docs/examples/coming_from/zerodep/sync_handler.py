@app.get("/sync")
def sync_handler(request):
    import time
    time.sleep(0.01)  # blocking I/O is fine
    return {"sync": True}
