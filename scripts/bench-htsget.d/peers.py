"""The peers on the same files: htsget-actix from its registry, and nginx with sendfile."""

import os

from process import Server, free_port


class HtsgetActix:
    """A process of htsget-actix that serves tickets and data, with default settings except the addresses and the log."""

    def __init__(self, binary, scratch, data, name="htsget-actix"):
        self.binary, self.scratch, self.data, self.name = binary, scratch, data, name
        self.port, self.data_port = free_port(), free_port()
        self.config = os.path.join(scratch, name + ".toml")
        with open(self.config, "w") as file:
            file.write(f"""
[ticket_server]
addr = "127.0.0.1:{self.port}"

[data_server]
addr = "127.0.0.1:{self.data_port}"
local_path = "{data}"

[[locations]]
[locations.location]
kind = "File"
scheme = "HTTP"
authority = "127.0.0.1:{self.data_port}"
local_path = "{data}"
""")

    def serve(self):
        # The default log level logs every request with its headers, which costs time. The level `error` gives a fairer comparison.
        environment = dict(os.environ, RUST_LOG="error")
        log = os.path.join(self.scratch, self.name + ".log")
        command = [self.binary, "--config", self.config]
        return Server("htsget-actix", command, self.port, log, "/reads/service-info", env=environment)

    def beside(self, name):
        """Returns another server on the same files, with its own addresses."""
        return HtsgetActix(self.binary, self.scratch, self.data, name)

    def reads(self, kind):
        return f"/reads/genome?format={kind}"


def nginx(scratch, data):
    """nginx with sendfile and as many workers as the gateway has."""
    port = free_port()
    folder = os.path.join(scratch, "nginx")
    os.makedirs(folder)
    config = os.path.join(folder, "nginx.conf")
    # As root, nginx would run its workers as another user, who may not read the files.
    user = "user root;" if os.geteuid() == 0 else ""
    places = "\n".join(f"  {kind}_temp_path {folder}/{kind};" for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"])
    with open(config, "w") as file:
        file.write(f"""{user}
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
worker_processes 2;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 10000000;
{places}
  server {{ listen 127.0.0.1:{port}; root {data}; }}
}}
""")
    command = ["nginx", "-p", folder, "-c", config]
    return Server("nginx", command, port, os.path.join(folder, "log"), "/")
