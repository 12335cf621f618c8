"""Sends HL7 messages to the listener at a constant rate and measures the time to each acknowledgement; see scripts/bench-mllp."""

import collections
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time

from installation import Installation
from process import Failed, end_with_parent
from report import first_line, machine, revision, say

RATE = 200
CONNECTIONS = 8
SECONDS = int(os.environ.get("GEMJ_BENCH_SECONDS", "45"))
PEOPLE = 400
SAMPLE = 40  # one message of so many is looked for in the database
TARGET_S = 1.0


def message(number, patient):
    """A message with two results. The second has the number of the message as its value, so that it can be found."""
    return (
        f"MSH|^~\\&|HIS|HOSPITAL-A|GW|GW|{time.strftime('%Y%m%d%H%M%S', time.gmtime(time.time() + 9 * 3600))}||OUL^R22^OUL_R22|B{number}|P|2.5\r"
        f"PID|1||{patient:07d}^^^^PI||YAMADA^HANAKO||19840317|F\r"
        f"SPM|1|||023^serum^JC10|||||||||||||20240110\r"
        f"OBR|1|{number:015d}|{number:015d}|2^chemistry^99GMJ|||20240110\r"
        f"OBX|1|NM|3A016000002327102^albumin^JC10||4.10|g/dL|||||F\r"
        f"OBX|2|NM|3A010000002327101^protein^JC10||{number}.5|g/dL|||||F\r"
    ).encode()


class Measured:
    """The seconds from the time at which each message was due to its acknowledgement, and the codes."""

    def __init__(self):
        self.lock = threading.Lock()
        self.seconds, self.codes = [], collections.Counter()
        self.visible = []
        self.begun = self.ended = 0.0


def acknowledgement(connection):
    kept = b""
    while not kept.endswith(b"\x1c\r"):
        received = connection.recv(4096)
        if not received:
            raise Failed("the connection was closed before the acknowledgement")
        kept += received
    return kept.split(b"MSA|", 1)[1].split(b"|", 1)[0].decode()


def look_for(database, number, due, measured):
    """Looks for a fact until another connection to the database sees it."""
    reader = sqlite3.connect(f"file:{database}?mode=ro", uri=True, isolation_level=None)
    while reader.execute("SELECT 1 FROM fact WHERE number = ?", (f"{number}.5",)).fetchone() is None:
        if time.monotonic() > due + 30:
            raise Failed("an accepted message was never visible")
        time.sleep(0.002)
    with measured.lock:
        measured.visible.append(time.monotonic() - due)
    reader.close()


def sends(port, which, first, measured, database):
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    looking = []
    for at in range(which, RATE * SECONDS, CONNECTIONS):
        due = measured.begun + at / RATE
        time.sleep(max(0.0, due - time.monotonic()))
        number = first + at
        if database and at % SAMPLE == 0:
            looking.append(threading.Thread(target=look_for, args=(database, number, due, measured)))
            looking[-1].start()
        connection.sendall(b"\x0b" + message(number, at % PEOPLE) + b"\x1c\r")
        code = acknowledgement(connection)
        with measured.lock:
            measured.seconds.append(time.monotonic() - due)
            measured.codes[code] += 1
    for thread in looking:
        thread.join()


def measure(port, first, database=None):
    measured = Measured()
    measured.begun = time.monotonic() + 1
    threads = [threading.Thread(target=sends, args=(port, which, first, measured, database)) for which in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    measured.ended = time.monotonic()
    if len(measured.seconds) != RATE * SECONDS:
        raise Failed(f"only {len(measured.seconds)} of {RATE * SECONDS} messages were acknowledged")
    return measured


def started(command, **options):
    """Starts a server that prints its address in the first line."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, preexec_fn=end_with_parent, **options)
    line = process.stdout.readline().strip()
    if not line:
        raise Failed("a server did not start")
    return process, int(line.rsplit(":", 1)[-1])


def stopped(process):
    process.terminate()
    if process.wait(60) not in (0, -15):
        raise Failed("a server ended with an error")


def cpu_s(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024


def row(name, seconds):
    seconds = sorted(seconds)
    places = [seconds[min(len(seconds) - 1, int(share * len(seconds)))] for share in (0.5, 0.95, 0.99)] + [seconds[-1]]
    return f"| {name} | {len(seconds)} | " + " | ".join(f"{place * 1000:.1f}" for place in places) + " |"


def p99(seconds):
    return sorted(seconds)[min(len(seconds) - 1, int(0.99 * len(seconds)))]


def main():
    binary, scratch, report = sys.argv[1:]
    say("the floor: TCP and one commit of SQLite with fsync")
    process, port = started([sys.executable, os.path.join(os.path.dirname(__file__), "floor.py"), scratch])
    floor = measure(port, 0)
    stopped(process)

    say("the listener")
    installation = Installation(binary, os.path.join(scratch, "installation"))
    links = installation.write(
        "links.csv", "site,namespace,number,participant", *(f"hospital-a,bench,{n:07d},BENCH-{n:04d}" for n in range(PEOPLE))
    )
    installation.run("link", "--register", links)
    options = ["--dataset", "rare-disease", "--profile", "ss-mix2", "--site", "hospital-a", "--namespace", "bench", "--address", "127.0.0.1:0"]
    process, port = started([binary, "listen", *options, "--config", installation.config], cwd=installation.folder)
    listener = measure(port, 1_000_000, os.path.join(installation.folder, "gateway.db"))
    cpu, memory = cpu_s(process.pid), peak_mib(process.pid)
    stopped(process)
    database = sqlite3.connect(os.path.join(installation.folder, "gateway.db"))
    account = database.execute("SELECT SUM(received), SUM(committed + replaced), COUNT(*), MIN(state) FROM ingest_run WHERE namespace = 'bench'").fetchone()
    verified = installation.run("audit", "verify").decode().strip()

    met = p99(listener.seconds) < TARGET_S and p99(listener.visible) < TARGET_S and set(listener.codes) == {"AA"}
    lines = [
        "# Messages over MLLP",
        "",
        f"`scripts/bench-mllp` at {revision()}, {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC; {machine()};",
        f"load average before the end {os.getloadavg()[0]:.1f}; {first_line('python3', '--version')}.",
        "",
        f"{CONNECTIONS} connections send {RATE} messages a second for {SECONDS} s, each message with two results. Each connection waits for an acknowledgement",
        "before its next message. A time begins when the message is due, also if its connection still waits. The acknowledgement follows the commit of the facts",
        f"and of their account. *Visible* is one message of {SAMPLE}, looked for every 2 ms through another connection to the database. The floor has the",
        "same client and messages, and a server in Python that makes one commit with fsync in SQLite (WAL, synchronous FULL) for each message.",
        "",
        "| milliseconds | messages | median | p95 | p99 | longest |",
        "| --- | --- | --- | --- | --- | --- |",
        row("floor: TCP and one commit", floor.seconds),
        row("listener: acknowledged", listener.seconds),
        row("listener: visible", listener.visible),
        "",
        f"The p99 of the listener is {p99(listener.seconds) / p99(floor.seconds):.1f} times that of the floor. The listener used {cpu:.1f} s of CPU "
        f"({cpu / len(listener.seconds) * 1000:.2f} ms for each message), and at most {memory:.0f} MiB of memory.",
        "",
        f"Acknowledgements: {', '.join(f'{code} {count}' for code, count in sorted(listener.codes.items()))}. The stored account: {account[0]} units received, "
        f"{account[1]} stored, {account[2]} runs, all `{account[3]}`. The audit trail afterwards: {verified}.",
        "",
        f"Target, p99 from the message to the visible fact below {TARGET_S:.0f} s at {RATE} messages a second: **{'met' if met else 'NOT MET'}**.",
    ]
    with open(report, "w") as file:
        file.write("\n".join(lines) + "\n")
    print("\n".join(lines))
    sys.exit(0 if met else 1)


main()
