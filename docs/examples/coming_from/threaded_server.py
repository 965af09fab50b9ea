from groundup import HTTPServer
from groundup import Router
from groundup import Request
from groundup import Response

router = Router()


# 1. Regex Path Parameters
@router.get("/users/{user_id}")
def get_user(request: Request) -> Response:
    user_id = request.path_params["user_id"]
    return Response.json({"id": user_id, "status": "active"})


# 2. Query Parameters & Headers
@router.post("/echo")
def echo_data(request: Request) -> Response:
    return Response.json({
        "received_query": request.query_params,
        "client_agent": request.headers.get("user-agent", "Unknown")
    })


# 3. Start the multithreaded engine
if __name__ == "__main__":
    server = HTTPServer(host="127.0.0.1", port=8080, router=router, max_workers=20)
    server.start()
