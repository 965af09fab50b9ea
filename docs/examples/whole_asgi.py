"""The same site on another server: `uvicorn whole_asgi:application`."""

from whole import app

from groundup import AsgiApp

application = AsgiApp(app)
