"""A collector of OpenTelemetry traces: decodes each export with the official package opentelemetry-proto, and appends the spans to a file.

usage: collector.py PORT_FILE SPANS_FILE. The port is written to PORT_FILE. The collector ends when its standard input closes.
"""
import json, os, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse

port_file, spans_file = sys.argv[1:]
writing = threading.Lock()


def value(any_value):
    return getattr(any_value, any_value.WhichOneof("value"))


class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.path == "/v1/traces" and self.headers["Content-Type"] == "application/x-protobuf", (self.path, dict(self.headers))
        request = ExportTraceServiceRequest.FromString(body)
        # A field that the official messages do not know would be lost in this comparison.
        assert request.SerializeToString(deterministic=True) and len(request.SerializeToString()) == len(body)
        with writing, open(spans_file, "a") as out:
            for resource in request.resource_spans:
                service = {a.key: value(a.value) for a in resource.resource.attributes}
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        row = dict(
                            service=service, scope=scope.scope.name, trace=span.trace_id.hex(), id=span.span_id.hex(),
                            parent=span.parent_span_id.hex(), name=span.name, kind=span.kind, began=span.start_time_unix_nano,
                            ended=span.end_time_unix_nano, status=span.status.code, attributes={a.key: value(a.value) for a in span.attributes},
                        )
                        out.write(json.dumps(row) + "\n")
        answer = ExportTraceServiceResponse().SerializeToString()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
open(spans_file, "a").close()
with open(port_file + ".new", "w") as out:
    out.write(str(server.server_port))
os.rename(port_file + ".new", port_file)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
