"""An application with a slow page: what the first transcript of chapter 5 asks."""

import time

from groundup.app import App

app = App()


@app.get("/slow")
def slow() -> str:
    time.sleep(1)
    return "slow"


@app.get("/")
def quick() -> str:
    return "quick"


app.run(port=0)
