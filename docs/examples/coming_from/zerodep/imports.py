from groundup import App, JSONResponse
