"""An htsget client that fetches and joins every block."""

import base64
import http.client
import json
import time
from urllib.parse import urlsplit


class Refused(Exception):
    """An answer other than a ticket or data."""

    def __init__(self, status, body):
        super().__init__(f"status {status}: {body[:300].decode(errors='replace')}")
        self.status = status


class Client:
    """A client of one server. It keeps its connections open."""

    def __init__(self, server, token=None, timeout_s=120):
        self.server, self.timeout_s = server, timeout_s
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.connections = {}

    def _ask(self, netloc, method, path, headers, body=None):
        if netloc not in self.connections:
            host, port = netloc.split(":")
            self.connections[netloc] = http.client.HTTPConnection(host, int(port), timeout=self.timeout_s)
        connection = self.connections[netloc]
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
        except http.client.RemoteDisconnected:
            # The server has closed the idle connection in the meantime.
            connection.close()
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
        except OSError:
            connection.close()
            del self.connections[netloc]
            raise
        return response

    def ticket(self, path, post=None):
        """Requests a ticket and returns its URLs."""
        headers = dict(self.headers)
        body = None
        if post is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(post)
        response = self._ask(f"127.0.0.1:{self.server.port}", "POST" if post is not None else "GET", path, headers, body)
        answer = response.read()
        if response.status != 200:
            raise Refused(response.status, answer)
        return json.loads(answer)["htsget"]["urls"]

    def blocks(self, urls, write):
        """Passes the bytes of all blocks to `write`, and returns their number."""
        total = 0
        for block in urls:
            url = block["url"]
            if url.startswith("data:"):
                part = base64.b64decode(url.split(",", 1)[1])
                write(part)
                total += len(part)
                continue
            where = urlsplit(url)
            path = where.path + ("?" + where.query if where.query else "")
            response = self._ask(where.netloc, "GET", path, block.get("headers", {}))
            if response.status not in (200, 206):
                raise Refused(response.status, response.read())
            while part := response.read(1 << 20):
                write(part)
                total += len(part)
        return total

    def slice(self, path, post=None, write=lambda part: None):
        """Fetches ticket and blocks; returns (bytes, seconds until the ticket, seconds until the end)."""
        started = time.monotonic()
        urls = self.ticket(path, post)
        ticket_s = time.monotonic() - started
        total = self.blocks(urls, write)
        return total, ticket_s, time.monotonic() - started

    def probe(self, block, span):
        """Requests a range of a block; returns (status, size of the whole block or None, bytes)."""
        where = urlsplit(block["url"])
        path = where.path + ("?" + where.query if where.query else "")
        response = self._ask(where.netloc, "GET", path, {"Range": f"bytes={span}"})
        if response.status != 206:
            # The rest of the answer is not needed, so the connection is closed.
            self.connections.pop(where.netloc).close()
            return response.status, None, b""
        return 206, int(response.headers["Content-Range"].rsplit("/", 1)[1]), response.read()
