from pathlib import Path

from groundup import App
from groundup.files import FileResponse

HERE = Path(__file__).parent
app = App()
app.static("/assets", HERE / "public", immutable=True)


@app.get("/report")
def report():
    return FileResponse(HERE / "public" / "report.txt", filename="report of today.txt")
