app.static("/assets", "./public")
# GET /assets/style.css → serves ./public/style.css
