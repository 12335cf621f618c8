"""Measures `ingest` for each format; see scripts/bench-feeds."""

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time

import cases
import peers
from process import Failed, end_with_parent
from report import first_line, machine, revision, say

CASES = int(os.environ.get("GEMJ_BENCH_CASES", "2000"))
LARGE = int(os.environ.get("GEMJ_BENCH_LARGE", "40000"))
SITE, DATASET = "hospital-a", "rare-disease"
INIT = ["--public-url", "http://127.0.0.1:9", "--listen", "127.0.0.1:9", "--organization-name", "X", "--organization-url", "http://127.0.0.1/",
        "--contact-url", "mailto:a@example.org", "--dataset", DATASET, "--data-use", "DUO:0000042", "--environment", "test"]  # fmt: skip


def measured(command, cwd):
    """Runs a command. Returns its wall-clock and CPU seconds, its peak memory (MiB) and its output. A helper process waits for the command, so that the peak is
    that of the command alone."""
    helper = "import resource,subprocess,sys;c=subprocess.run(sys.argv[1:]).returncode;" \
             "sys.stderr.write('PEAK %d\\n'%resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss);sys.exit(c)"  # fmt: skip
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        [sys.executable, "-c", helper, *command],
        cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=end_with_parent,
    )  # fmt: skip
    out, err = process.communicate()
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        raise Failed(f"{command[:4]}: exit code {process.returncode}: {(out + err).decode(errors='replace')[-2000:]}")
    peak = int(err.decode(errors="replace").rsplit("PEAK ", 1)[1].split()[0]) / 1024
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak, out.decode()


def install(binary, folder, namespace, count):
    os.makedirs(folder)
    config = os.path.join(folder, "gateway.toml")
    subprocess.run([binary, "init", "--config", config, *INIT], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    with open(config, "a") as file:
        file.write(f'\n[[sites]]\nid = "{SITE}"\n')
    links = os.path.join(folder, "links.csv")
    with open(links, "w") as file:
        file.write("site,namespace,number,participant\n")
        file.writelines(f"{SITE},{namespace},{cases.number(case)},P{case}\n" for case in range(count))
    subprocess.run([binary, "link", "--register", links, "--config", config], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return config


def ingest(binary, work, name, count):
    """Writes the cases and ingests them. Returns the costs, the account, the stored facts and the size of the files."""
    feed, home = os.path.join(work, "feed"), os.path.join(work, "home")
    os.makedirs(feed)
    profile, paths = cases.WRITERS[name](feed, count)
    namespace = cases.NAMESPACE.get(name, "mrn")
    config = install(binary, home, namespace, count)
    words = [binary, "ingest", "--json", "--dataset", DATASET, "--profile", profile, "--site", SITE, "--config", config]
    if name != "phenopacket":
        words += ["--namespace", namespace]
    wall, cpu, peak, out = measured(words + paths, home)
    account = json.loads(out)
    database = sqlite3.connect(f"file:{os.path.join(home, 'gateway.db')}?mode=ro", uri=True)
    facts = database.execute("SELECT count(*) FROM fact").fetchone()[0]
    database.close()
    size = sum(os.path.getsize(os.path.join(root, file)) for root, _, files in os.walk(feed) for file in files)
    return wall, cpu, peak, account, facts, size, paths


def floor(folder, count):
    """Stores as many rows as facts with SQLite alone: one commit with fsync for each case."""
    database = sqlite3.connect(os.path.join(folder, "floor.db"), isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE fact (ordinal INTEGER, kind TEXT, code TEXT, label TEXT, status TEXT, number TEXT, unit TEXT, observed TEXT)")
    database.execute("CREATE INDEX fact_code ON fact (code, ordinal)")
    began, cpu = time.monotonic(), time.process_time()
    codes = cases.diagnoses() + cases.results()
    for case in range(count):
        database.execute("BEGIN")
        rows = [(case, "measurement", code, "assay", "present", cases.value(case, at), "g/dL", "2026-04-01") for at, code in enumerate(codes)]
        database.executemany("INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        database.execute("COMMIT")
    database.close()
    return time.monotonic() - began, time.process_time() - cpu


def main():
    binary, scratch, report = sys.argv[1:4]
    rows, here = [], os.path.dirname(os.path.abspath(__file__))
    facts_of_case = cases.FACTS
    say(f"the floor: {CASES} cases")
    floor_s, floor_cpu = floor(scratch, CASES)
    rows.append(f"| floor: SQLite, one commit for each case | | {floor_s:.1f} | {floor_cpu:.1f} | {CASES * facts_of_case / floor_s:,.0f} | | | |")
    for name in cases.WRITERS:
        work = os.path.join(scratch, name)
        os.makedirs(work)
        count = CASES // cases.SHARE.get(name, 1)
        say(f"{name}: {count} cases")
        wall, cpu, peak, _, facts, size, paths = ingest(binary, work, name, count)
        if facts != count * facts_of_case:
            raise Failed(f"{name}: {facts} facts are stored, {count * facts_of_case} were written")
        peer_wall, _, peer_peak, counted = measured([sys.executable, os.path.join(here, "peers.py"), name, *paths], work)
        if int(counted) != count * facts_of_case:
            raise Failed(f"{name}: the peer read {counted} statements")
        rows.append(
            f"| {name} | {size / 2**20:.0f} MiB | {wall:.1f} | {cpu:.1f} | {facts / wall:,.0f} | {peak:.0f} MiB "
            f"| {peers.NAMES[name]}: {peer_wall:.1f} s, {peer_peak:.0f} MiB | {peer_wall / wall:.2f} |"
        )
        say(rows[-1])
        shutil.rmtree(work)
    say(f"the large feed: {LARGE} cases")
    work = os.path.join(scratch, "large")
    os.makedirs(work)
    wall, cpu, peak, _, facts, size, _ = ingest(binary, work, "phenopacket", LARGE)
    if facts != LARGE * facts_of_case:
        raise Failed(f"the large feed: {facts} facts are stored")
    with open(report, "w") as file:
        file.write(
            f"# Ingest of feeds, {time.strftime('%Y-%m-%d', time.gmtime())}\n\n"
            f"Command: `GEMJ_BENCH_CASES={CASES} GEMJ_BENCH_LARGE={LARGE} scripts/bench-feeds`. Revision {revision()}. {machine()}.\n"
            f"{first_line(sys.executable, '--version')}.\n\n"
            f"Each format has the same {CASES:,} synthetic cases of {facts_of_case} facts, `hl7 messages` a tenth of them. `ingest` reads, maps, resolves the number, stores the facts with\n"
            "their account in SQLite, and commits each unit with fsync. The Python readers only parse the same files: they map and store nothing. The floor\n"
            "stores as many rows with one index from Python, with one commit for each case; it reads no file.\n\n"
            "| format | files | wall s | CPU s | facts per second | peak memory | reader in Python | its time / the gateway's |\n"
            "| --- | --- | --- | --- | --- | --- | --- | --- |\n" + "\n".join(rows) + "\n\n"
            f"**{LARGE:,} cases of {facts_of_case} facts** (phenopackets, {size / 2**20:,.0f} MiB): {wall:.0f} s, {cpu:.0f} CPU s, "
            f"{facts / wall:,.0f} facts per second, peak memory {peak:.0f} MiB.\n"
        )
    print(open(report).read())


main()
