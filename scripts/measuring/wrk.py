"""Runs wrk as the client. A Lua script makes the requests; latencies and counts come from wrk."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass

from process import Failed, end_with_parent

HERE = os.path.dirname(os.path.abspath(__file__))
# The folder with the Lua scripts of the running measurement.
SCRIPTS = os.path.dirname(os.path.abspath(sys.argv[0]))


@dataclass
class Load:
    """The result of one load on a server."""

    requests: int
    seconds: float
    bytes: int
    errors: int
    p50_ms: float
    p99_ms: float
    cpu_s: float

    def __add__(self, other):
        """Adds two rounds and keeps the worse latencies."""
        return Load(
            requests=self.requests + other.requests,
            seconds=self.seconds + other.seconds,
            bytes=self.bytes + other.bytes,
            errors=self.errors + other.errors,
            p50_ms=max(self.p50_ms, other.p50_ms),
            p99_ms=max(self.p99_ms, other.p99_ms),
            cpu_s=self.cpu_s + other.cpu_s,
        )

    @property
    def cpu_ms(self):
        """Processor time of the server for each request, in milliseconds."""
        return 1000 * self.cpu_s / self.requests

    @property
    def rate(self):
        """Requests per second."""
        return self.requests / self.seconds

    @property
    def gigabytes_a_second(self):
        return self.bytes / self.seconds / 1e9

    @property
    def cpu_s_per_gib(self):
        return self.cpu_s / (self.bytes / 2**30)


def wrk(server, script, connections, seconds, port=None, token=None, warm_up_s=2, **words):
    """Puts load on a server. The script gets `words` as BENCH_… variables. The warm-up is not counted."""
    environment = dict(os.environ, BENCH_HERE=HERE, **{f"BENCH_{name.upper()}": str(word) for name, word in words.items()})
    if token:
        # The token is in the environment, because other users of the machine can read the command.
        environment["BENCH_TOKEN"] = token
    url = f"http://127.0.0.1:{port or server.port}"
    threads = 2 if connections > 1 else 1

    def run(for_s):
        command = [
            "wrk", f"-t{threads}", f"-c{connections}", f"-d{for_s}s", "--timeout", "60s", "--latency",
            "-s", os.path.join(SCRIPTS, script), url,
        ]  # fmt: skip
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, preexec_fn=end_with_parent)
        lines = [line for line in ran.stdout.splitlines() if line.startswith('{"requests"')]
        if ran.returncode != 0 or not lines:
            raise Failed(f"wrk failed against {server.name}: {ran.stdout[-500:]} {ran.stderr[-500:]}")
        return json.loads(lines[-1])

    if warm_up_s:
        run(warm_up_s)
    before = server.cpu_s()
    said = run(seconds)
    # Answers that were unfinished when wrk stopped belong to no counted request, so their time is not counted.
    used = server.cpu_s() - before
    if said["requests"] == 0:
        raise Failed(f"{server.name} answered nothing in {seconds} s")
    time.sleep(0.2)
    return Load(
        requests=said["requests"],
        seconds=said["duration_us"] / 1e6,
        bytes=said["bytes"],
        errors=said["errors"],
        p50_ms=said["p50_us"] / 1000,
        p99_ms=said["p99_us"] / 1000,
        cpu_s=used,
    )
