"""nginx as a server of static files, for the comparison of files.

Apart because it is no Python and has a configuration of its own. The rule: one worker, sendfile on,
no access log, nothing written outside a folder that goes afterwards.
"""

import shutil
from pathlib import Path
from string import Template

from benchmarks.rows import Row
from benchmarks.running import Running, free_port
from benchmarks.wrk import Failed

NAME = "nginx (sendfile)"
CONFIGURATION = Template("""\
worker_processes 1;
daemon off;
pid $own/nginx.pid;
error_log stderr warn;
events { worker_connections 256; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  client_body_temp_path $own/body;
  proxy_temp_path $own/proxy;
  fastcgi_temp_path $own/fastcgi;
  uwsgi_temp_path $own/uwsgi;
  scgi_temp_path $own/scgi;
  server {
    listen 127.0.0.1:$port;
    location /files/ { alias $files/; }
  }
}
""")


def started(files: Path, own: Path, core: int) -> Running:
    """Start it on one core, serving a folder under /files/."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise Failed("nginx is missing; on Debian: apt-get install nginx-light")
    port = free_port()
    text = CONFIGURATION.substitute(own=own, port=port, files=files)
    if own.owner() == "root":  # else the worker would be nobody, who may not read the folder
        text = "user root;\n" + text
    path = own / "nginx.conf"
    path.write_text(text, "utf-8")
    row = Row(NAME, "peer", (), ("-p", str(own), "-c", str(path)))
    return Running(row, program, {core}, port=port)
