from groundup import App as PandaHttpd
from groundup import JsonResponse, PlainTextResponse

# Server Configuration
config = {
    "ip": "127.0.0.1",
    "port": 8080,
    "num_workers": 4,  # Number of worker threads
    "executor_per_worker": 10  # ThreadPool size per worker for blocking tasks
}

app = PandaHttpd(config=config)


@app.route("/", method="GET")
def home():
    return {"message": "Welcome to PandaHttpd!", "status": "online"}


@app.route("/hello", response_class=PlainTextResponse)
def hello():
    return "Hello, World!"


if __name__ == "__main__":
    app.run()
