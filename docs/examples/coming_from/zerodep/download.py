from groundup import FileResponse


@app.get("/download")
async def download(request):
    return FileResponse("report.pdf")
