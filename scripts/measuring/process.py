"""The processes of a measurement. They are started here, and are watched and ended by their ids."""

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import threading
import time

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


class Failed(Exception):
    """The measurement cannot continue."""


def free_port():
    """Returns a port of this machine that is currently free."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def end_with_parent():
    """Makes a child process end with the script that started it, even if the script is killed."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Server:
    """A server process and its child processes."""

    def __init__(self, name, command, port, log, ready_path, env=None, cwd=None, ready_s=60):
        self.name, self.port, self.log = name, port, log
        with open(log, "wb") as out:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, cwd=cwd, preexec_fn=end_with_parent
            )
        self.pid = self.process.pid
        until = time.monotonic() + ready_s
        while True:
            answers = self._answers(ready_path)
            # The check comes after the answer, because another process on the port may have answered.
            ended = self.process.poll() is not None
            if answers and not ended:
                break
            if ended or time.monotonic() > until:
                self.stop()
                with open(log, errors="replace") as text:
                    raise Failed(f"{name} did not start: {text.read()[-2000:]}")
            time.sleep(0.05)

    def _answers(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status < 500
        except OSError:
            return False
        finally:
            connection.close()

    def _pids(self):
        with open(f"/proc/{self.pid}/task/{self.pid}/children") as children:
            return [self.pid, *map(int, children.read().split())]

    def cpu_s(self):
        """Returns the user and system time of all threads until now, in seconds. clock_getcpuclockid(3) is finer than /proc/PID/stat."""
        return sum(time.clock_gettime(((~pid) << 3) | 2) for pid in self._pids())

    def resident_bytes(self):
        """Returns the resident memory in bytes, mapped files included."""
        total = 0
        for pid in self._pids():
            with open(f"/proc/{pid}/status") as status:
                total += sum(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))
        return total

    def stop(self):
        """Ends the process and waits for its end."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Growth:
    """The largest growth of a server's resident memory during a `with` block, in bytes."""

    EVERY_S = 0.02

    def __init__(self, server):
        self.server = server
        self.before = self.most = server.resident_bytes()

    def __enter__(self):
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self):
        while not self._ended.wait(self.EVERY_S):
            self.most = max(self.most, self.server.resident_bytes())

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()
        self.most = max(self.most, self.server.resident_bytes())

    @property
    def bytes(self):
        return self.most - self.before


def children_cpu_s():
    """Returns the user and system time of finished child commands, in seconds."""
    used = os.times()
    return used.children_user + used.children_system


def output_of(command, **options):
    """Runs a command and returns its output. Raises if the command fails."""
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, preexec_fn=end_with_parent, **options)
    if ran.returncode != 0:
        raise Failed(f"{command[:3]} failed: {ran.stderr[-2000:].decode(errors='replace')}")
    return ran.stdout
