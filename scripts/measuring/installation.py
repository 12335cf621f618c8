"""A temporary installation of the gateway that `demo` makes: SQLite and a folder, without a request limit."""

import os
import re
import subprocess
import time

from process import Failed, Server, end_with_parent, free_port, output_of

WORKERS = 2
# An academic with an approval for downloads.
PERSONA = "domestic-academic"


class Installation:
    """A temporary installation of the gateway, which can load files and serve."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        self.config = os.path.join(folder, "gateway.toml")
        self.port = free_port()
        self._make()

    def _make(self):
        log = self.folder + ".log"
        with open(log, "wb") as out:
            demo = subprocess.Popen(
                [self.binary, "demo", "--dir", self.folder, "--listen", "127.0.0.1:0"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, preexec_fn=end_with_parent,
            )  # fmt: skip
        try:
            until = time.monotonic() + 120
            while b"listening on" not in open(log, "rb").read():
                if demo.poll() is not None or time.monotonic() > until:
                    raise Failed("the demo's installation could not be made: " + open(log, errors="replace").read()[-2000:])
                time.sleep(0.1)
        finally:
            demo.terminate()
            demo.wait()
        with open(self.config) as file:
            text = file.read()
        address = f"127.0.0.1:{self.port}"
        # (pattern, replacement); each pattern must match exactly once.
        for found, put in [
            (r'^listen = ".*"$', f'listen = "{address}"\nworkers = {WORKERS}'),
            (r'^public_url = ".*"$', f'public_url = "http://{address}"'),
            (r"^lifetime_s = \d+$", "lifetime_s = 3600"),
            # `serve` refuses a demo's configuration, so the installation stops being a demo.
            (r"^demo = true$", "demo = false"),
            (r"^\[database\]$", "[limits]\nrequests_per_minute = 0\nanonymous_requests_per_minute = 0\nanonymous_work_ms_per_minute = 0\n\n[database]"),
        ]:
            text, count = re.subn(found, put, text, flags=re.M)
            if count != 1:
                raise Failed(f"the demo's configuration has another form than expected: {found}")
        with open(self.config, "w") as file:
            file.write(text)
        os.remove(os.path.join(self.folder, ".demo-complete"))

    def run(self, *arguments):
        return output_of([self.binary, *arguments, "--config", self.config], cwd=self.folder)

    def write(self, name, *lines):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.writelines(line + "\n" for line in lines)
        return path

    def load(self, sheet, lines):
        """Loads a sheet and returns the ids of the given lines. The demo has its own files, so the line of the sheet identifies an id."""
        ran = subprocess.run(
            [self.binary, "load", "--config", self.config, sheet],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=end_with_parent,
        )  # fmt: skip
        ids = dict(re.findall(r"^line (\d+): loaded as ([^\s,]+)", ran.stdout, flags=re.M))
        if ran.returncode != 0 or sorted(ids) != sorted(lines):
            raise Failed("the files could not be loaded: " + ran.stdout[-2000:])
        return [ids[line] for line in lines]

    def consent(self, people):
        """Records that these participants agree to everything."""
        consents = self.write(
            "bench-consents.csv",
            "participant,form,kind,clauses,effective_at",
            *(f"{who},unified-1,given,all,2026-04-01" for who in people),
        )
        self.run("consent", "import", consents)

    def passport(self):
        arguments = ["demo-passport", "--dir", self.folder, "--persona", PERSONA, "--ttl-s", "21600"]
        return output_of([self.binary, *arguments]).decode().strip()

    def serve(self):
        """Starts a server. A new process has no cached indexes or headers."""
        environment = {name: value for name, value in os.environ.items() if name != "GEMJ_LOG"}
        command = [self.binary, "serve", "--config", self.config]
        return Server("gemj-gateway", command, self.port, self.folder + ".serve.log", "/readyz", env=environment)
