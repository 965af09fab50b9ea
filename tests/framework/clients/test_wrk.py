"""wrk: many connections, as many requests as they can, for a second."""

from __future__ import annotations

import re
import subprocess

import pytest
from clientkit import ClientApp, program
from serving import serving

PIPELINED = """
init = function(arguments)
  local request = wrk.format("GET", "/")
  requests = string.rep(request, 8)
end
request = function() return requests end
"""


@pytest.mark.parametrize("script", [None, PIPELINED], ids=["one by one", "pipelined"])
@pytest.mark.parametrize("mode", ["protocol", "pool", "threads"])
def test_many_connections_get_an_answer_to_each_request(mode, script, tmp_path):
    path, client = program("wrk"), ClientApp(tmp_path)
    options = ["-t1", "-c32", "-d1s", "--latency"]
    if script is not None:
        (tmp_path / "pipelined.lua").write_text(script)
        options += ["-s", str(tmp_path / "pipelined.lua")]
    with serving(mode, client.app) as served:
        url = f"http://127.0.0.1:{served.address[1]}/"
        done = subprocess.run([path, *options, url], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Socket errors" not in done.stdout and "Non-2xx" not in done.stdout, done.stdout
    found = re.search(r"(\d+) requests in", done.stdout)
    assert found is not None and int(found[1]) > 100, done.stdout
