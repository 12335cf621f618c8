"""A proxy between verifier and gateway. It adds a token and the parameters of a variant query, which the verifier cannot send."""

import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Proxy:
    """Serves on its own port during a `with` block."""

    def __init__(self, port, token, variants, spoilt=False):
        """`variants` is the query string that limits a variant query; without it, the query would match all variants. `spoilt` removes a
        required member from each record of an individual: a verifier that accepts such a record verifies nothing."""
        self.upstream, self.token, self.variants, self.spoilt = port, token, variants, spoilt

    def ask(self, path):
        """Returns status and body of a path below the Beacon's root."""
        query = "requestedGranularity=record"
        if path.endswith("/g_variants"):
            query += "&" + self.variants
        is_described = path.lstrip("/") in ("info", "map", "configuration", "entry_types", "service-info")
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=60)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        connection.request("GET", f"/beacon{path}" + ("" if is_described else f"?{query}"), headers=headers)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, without_sex(body) if self.spoilt else body

    def json(self, path):
        return json.loads(self.ask(path)[1])

    def __enter__(self):
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                status, body = proxy.ask(self.path)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()


def without_sex(body):
    answer = json.loads(body)
    for of in answer.get("response", {}).get("resultSets", []):
        for record in of.get("results", []):
            record.pop("sex", None)
    return json.dumps(answer).encode()
