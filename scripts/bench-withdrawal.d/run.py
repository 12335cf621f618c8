"""Measures withdrawals of another process while 16 connections request panels; see scripts/bench-withdrawal."""

import collections
import http.client
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.parse

from installation import Installation
from process import Failed, end_with_parent
from report import first_line, machine, revision, say

PANEL_CONNECTIONS = 16
OTHER_CONNECTIONS = 4
REGIONS = 2_500
PERSONA = "overseas-academic"  # may view regions and may not download
TARGET_S = 1.0
WITHDRAWALS = int(os.environ.get("GEMJ_BENCH_WITHDRAWALS", "100"))


class Load:
    """Connections that send requests without a pause until they are stopped."""

    def __init__(self, port, token, objects):
        self.port, self.token, self.objects = port, token, objects
        self.stopped = threading.Event()
        self.answers = collections.Counter()
        self.failures = collections.Counter()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._panels, args=(n,), daemon=True) for n in range(PANEL_CONNECTIONS)]
        self.threads += [threading.Thread(target=self._others, args=(n,), daemon=True) for n in range(OTHER_CONNECTIONS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join(60)

    def _ask(self, what, asked):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        while not self.stopped.is_set():
            try:
                connection.request(*asked())
                reply = connection.getresponse()
                reply.read()
                with self.lock:
                    self.answers[what, reply.status] += 1
            except OSError as error:
                with self.lock:
                    self.failures[what, type(error).__name__] += 1
                connection.close()

    def _panels(self, n):
        random_of = random.Random(n)

        def asked():
            # Each panel has new positions, so that every panel is charged.
            starts = random_of.sample(range(1_000_000, 240_000_000), REGIONS)
            regions = [{"referenceName": "chr1", "start": start, "end": start + 3} for start in starts]
            headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
            path = f"/htsget/variants/{self.objects[n % len(self.objects)]}"
            return "POST", path, json.dumps({"format": "VCF", "regions": regions}), headers

        self._ask("panel", asked)

    def _others(self, n):
        query = "referenceName=chr1&start=1000&alternateBases=T&referenceBases=C&assemblyId=GRCh38"
        if n % 2:
            self._ask("public question", lambda: ("GET", f"/beacon/g_variants?{query}"))
        else:
            headers = {"Authorization": f"Bearer {self.token}"}
            self._ask("count", lambda: ("GET", f"/beacon/individuals?{query}&requestedGranularity=count", None, headers))


def withdrawals(installation, people, count):
    """Returns the seconds of each `consent withdraw`, from the start to the end of its process, and the number of failures."""
    seconds, failed = [], 0
    for n in range(count):
        begun = time.monotonic()
        ran = subprocess.run(
            [installation.binary, "consent", "withdraw", people[n % len(people)], "--config", installation.config],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=end_with_parent,
        )  # fmt: skip
        seconds.append(time.monotonic() - begun)
        failed += ran.returncode != 0
    return sorted(seconds), failed


def commits(installation, count):
    """Returns the seconds of the last withdrawals from their recorded time to the time of their audit row. The recorded time is taken before the
    withdrawal waits for its turn. The audit row is the last write before the commit."""
    query = (
        "SELECT a.recorded - e.recorded FROM consent_event e JOIN audit_row a ON a.chain = 'operations' "
        f"AND a.action = 'record-consent' AND a.epoch = e.sequence ORDER BY e.sequence DESC LIMIT {count}"
    )
    with open(installation.config) as file:
        url = re.search(r'^url = "((?:sqlite|postgres)[^"]*)"$', file.read(), flags=re.M).group(1)
    if url.startswith("sqlite:"):
        rows = sqlite3.connect(os.path.join(installation.folder, url.removeprefix("sqlite:"))).execute(query).fetchall()
    else:
        out = subprocess.run(["psql", "-q", "-A", "-t", url, "-c", query], stdout=subprocess.PIPE, check=True, text=True).stdout
        rows = [(int(line),) for line in out.split()]
    return sorted(row[0] / 1e6 for row in rows)


def served(server, token, objects):
    """Returns the ids of the files whose regions the caller of this measurement may view."""
    ok = []
    for found in objects:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request("GET", f"/htsget/variants/{found}?class=header", headers={"Authorization": f"Bearer {token}"})
        if connection.getresponse().status == 200:
            ok.append(found)
        connection.close()
    return ok


def at(seconds, share):
    return seconds[min(len(seconds) - 1, int(share * len(seconds)))]


def wide_budget(installation):
    """Sets a budget so large that panels are charged but never refused."""
    with open(installation.config) as file:
        text = file.read()
    text, count = re.subn(r"^\[limits\]$", "[policy]\nregion_budget_bp = 3000000000\n\n[limits]", text, flags=re.M)
    if count != 1:
        raise Failed("the configuration has another form than expected")
    with open(installation.config, "w") as file:
        file.write(text)


def to_postgres(installation, server, name):
    """Moves the installation to its own database on a PostgreSQL server, and ingests the demo's feeds again."""
    subprocess.run(["psql", "-q", server, "-c", f"CREATE DATABASE {name}"], check=True)
    parts = urllib.parse.urlsplit(server)
    url = urllib.parse.urlunsplit(parts._replace(path="/" + name))
    with open(installation.config) as file:
        text = file.read()
    text, count = re.subn(r'^url = "sqlite:.*"$', f'url = "{url}"', text, flags=re.M)
    if count != 1:
        raise Failed("the configuration has another form than expected")
    with open(installation.config, "w") as file:
        file.write(text)
    # The audit checkpoints belong to the former database, so they are removed.
    shutil.rmtree(os.path.join(installation.folder, "audit-checkpoints"))
    feeds = os.path.join(installation.folder, "feeds")
    installation.run("approval", "import", os.path.join(feeds, "approvals.json"))
    installation.run("load", os.path.join(feeds, "cancer.csv"))
    installation.run("consent", "import", os.path.join(feeds, "consents.csv"))


def measure(installation, what):
    listed = json.loads(installation.run("objects", "list", "--json"))
    objects = [o["id"] if "id" in o else o["drs_id"] for o in listed if o["dataset"] == "cancer" and o["format"] == "VCF" and not o["joint"]]
    with open(os.path.join(installation.folder, "feeds", "consents.csv")) as file:
        people = sorted({line.split(",")[0] for line in file.readlines()[1:]})
    # The participants whose files are requested stay; other participants withdraw.
    people = [who for who in people if who.startswith("GMJ-D")][:50]
    token = subprocess.run(
        [installation.binary, "demo-passport", "--dir", installation.folder, "--persona", PERSONA, "--ttl-s", "21600"],
        stdout=subprocess.PIPE, check=True, text=True,
    ).stdout.strip()  # fmt: skip
    server = installation.serve()
    try:
        say(f"{what}: without load")
        idle, idle_failed = withdrawals(installation, people, 20)
        objects = served(server, token, objects)
        with Load(server.port, token, objects) as load:
            time.sleep(5)
            say(f"{what}: under load")
            begun = time.monotonic()
            loaded, failed = withdrawals(installation, people, WITHDRAWALS)
            under_load_s = time.monotonic() - begun
        committed = commits(installation, WITHDRAWALS)
        verified = installation.run("audit", "verify").decode().strip()
    finally:
        server.stop()
    return dict(what=what, committed=committed, idle=idle, loaded=loaded, failed=failed + idle_failed, load=load, under_load_s=under_load_s, verified=verified)


def row(name, seconds):
    places = [at(seconds, share) * 1000 for share in (0.5, 0.95, 0.99)] + [seconds[-1] * 1000]
    return f"| {name} | {len(seconds)} | " + " | ".join(f"{place:.0f}" for place in places) + " |"


def main():
    binary, scratch, report = sys.argv[1:]
    measured = []
    installation = Installation(binary, os.path.join(scratch, "sqlite"))
    wide_budget(installation)
    measured.append(measure(installation, "SQLite"))
    postgres = os.environ.get("GEMJ_TEST_POSTGRES_URL")
    if postgres:
        name = f"gemj_bench_{os.getpid()}"
        installation = Installation(binary, os.path.join(scratch, "postgres"))
        wide_budget(installation)
        try:
            to_postgres(installation, postgres, name)
            measured.append(measure(installation, "PostgreSQL"))
        finally:
            subprocess.run(["psql", "-q", postgres, "-c", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"], check=False)
    else:
        say("SKIPPED: PostgreSQL: GEMJ_TEST_POSTGRES_URL is not set")
    met = all(m["failed"] == 0 and at(m["committed"], 0.99) < TARGET_S for m in measured)
    lines = [
        "# Withdrawals under load",
        "",
        f"`scripts/bench-withdrawal` at {revision()}, {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC; {machine()};",
        f"load average before the end {os.getloadavg()[0]:.1f}; {first_line('python3', '--version')}.",
        "",
        f"{PANEL_CONNECTIONS} connections send `POST /htsget/variants/ID`, each with {REGIONS:,} new regions, under `region-view`. {OTHER_CONNECTIONS} other connections query counts and the public",
        "tier. No connection pauses. Meanwhile, `consent withdraw` runs again and again. *Process* is the time from the start to the end of this command;",
        "*commit* is the time from the withdrawal's recorded time, read before the command waits for the ledger, to its last write before the commit.",
        "",
        "| withdrawals | number | median ms | p95 ms | p99 ms | longest ms |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for m in measured:
        lines.append(row(f"{m['what']}, without load, process", m["idle"]))
        lines.append(row(f"{m['what']}, under load, process", m["loaded"]))
        lines.append(row(f"{m['what']}, under load, commit", m["committed"]))
    lines += ["", "| under load | answers a second by status | connections that failed |", "| --- | --- | --- |"]
    for m in measured:
        answers = ", ".join(f"{what} {status}: {n / (m['under_load_s'] + 5):.1f}" for (what, status), n in sorted(m["load"].answers.items()))
        failures = ", ".join(f"{what} {kind}: {n}" for (what, kind), n in sorted(m["load"].failures.items())) or "none"
        lines.append(f"| {m['what']} | {answers} | {failures} |")
    lines += ["", f"Withdrawals that failed: {sum(m['failed'] for m in measured)}. The audit trail afterwards: {'; '.join(m['verified'] for m in measured)}.", ""]
    lines.append(f"Target, p99 of commits under load below {TARGET_S:.0f} s and none failed: **{'met' if met else 'NOT MET'}**.")
    with open(report, "w") as file:
        file.write("\n".join(lines) + "\n")
    print("\n".join(lines))
    sys.exit(0 if met else 1)


main()
