"""Measures the data plane: ranges of a whole file, and many whole files at once."""

import os
import subprocess

from client import Client
from process import Growth
from rows import Section, mib, times
from wrk import wrk

LENGTH = 1 << 20
# The servers take turns, so that other work of the machine affects all servers equally.
ROUNDS = 2
SECONDS = 3
DOWNLOADS = 64
# Each client reads so slowly that a download takes about this long. All clients then download at the same time, and the server must wait for them.
DOWNLOAD_S = 20


def measure_ranges(ours, peer, nginx, gateway, actix, data):
    """Requests random ranges of 1 MiB of the whole BAM, and compares with nginx and the peer's data server."""
    section = Section(
        "Data plane: ranges of 1 MiB",
        [
            "Random ranges of the body block of the whole BAM. The client `wrk` runs on the same cores and uses more CPU time than the servers. Therefore",
            "CPU per GiB is a better measure than the rate. The gateway decides again on each range. nginx uses sendfile, and two workers like the gateway.",
        ],
    )
    client = Client(ours, gateway.token)
    block = client.ticket(gateway.reads("BAM"))[-1]
    status, size, part = client.probe(block, f"100000-{100000 + LENGTH - 1}")
    if status != 206 or len(part) != LENGTH:
        section.add("ranges of a block", f"answered with {status}: not measured", target=">= 80 % of nginx", met=False)
        return section
    path = "/" + block["url"].split("/", 3)[3]
    file = os.path.join(data, "genome.bam")
    same = {"length": LENGTH, "size": os.path.getsize(file), "path": "/genome.bam"}
    for connections in (16, 1):
        mine, floor, theirs = rounds(
            lambda: wrk(ours, "ranges.lua", connections, SECONDS, warm_up_s=1, length=LENGTH, size=size, path=path),
            lambda: wrk(nginx, "ranges.lua", connections, SECONDS, warm_up_s=1, **same),
            lambda: wrk(peer, "ranges.lua", connections, SECONDS, warm_up_s=1, port=actix.data_port, **same),
        )
        what = f"{connections} connection" + "s" * (connections > 1)
        for name, other in [("nginx", floor), ("htsget-actix", theirs)]:
            share = mine.gigabytes_a_second / other.gigabytes_a_second
            judged = connections == 16 and name == "nginx"
            section.add(
                f"{what}, against {name}", f"{mine.gigabytes_a_second:.2f} GB/s", f"{other.gigabytes_a_second:.2f} GB/s", f"{100 * share:.0f} %",
                ">= 80 % of nginx" if judged else "", share >= 0.8 if judged else None,
            )  # fmt: skip
            section.add(
                f"{what}, against {name}: CPU per GiB", f"{mine.cpu_s_per_gib:.3f} s", f"{other.cpu_s_per_gib:.3f} s",
                times(mine.cpu_s_per_gib / other.cpu_s_per_gib),
            )  # fmt: skip
        if mine.errors or floor.errors or theirs.errors:
            section.add(f"{what}: errors", str(mine.errors), f"{floor.errors} nginx, {theirs.errors} htsget-actix", target="none", met=not mine.errors)
    return section


def rounds(*loads):
    """Runs the loads in turn, several times, and returns their sums."""
    sums = [load() for load in loads]
    for _ in range(ROUNDS - 1):
        sums = [so_far + load() for so_far, load in zip(sums, loads)]
    return sums


def measure_downloads(ours, peer, gateway, actix, data):
    """Downloads the whole BAM sixty-four times at once."""
    section = Section(
        "Data plane: whole files at once",
        [f"{DOWNLOADS} processes of `curl`, each limited to a rate at which the BAM takes at least {DOWNLOAD_S} s."],
    )
    size = os.path.getsize(os.path.join(data, "genome.bam"))
    url = Client(ours, gateway.token).ticket(gateway.reads("BAM"))[-1]["url"]
    mine, mine_s, mine_good = download(ours, url, size)
    theirs, theirs_s, theirs_good = download(peer, f"http://127.0.0.1:{actix.data_port}/genome.bam", size)
    section.add("resident memory grew by at most", mib(mine), mib(theirs), target="< 64 MB", met=mine < 64e6)
    section.add("complete", f"{mine_good} of {DOWNLOADS}", f"{theirs_good} of {DOWNLOADS}", target="all", met=mine_good == DOWNLOADS)
    section.add("took", f"{mine_s:.0f} s", f"{theirs_s:.0f} s", times(mine_s / theirs_s))
    return section


def download(server, url, size):
    """Returns (growth of the server in bytes, seconds of the slowest download, number of complete downloads)."""
    command = [
        "curl", "-s", "-o", "/dev/null", "--max-time", "240", "--limit-rate", str(size // DOWNLOAD_S),
        "-w", "%{http_code} %{size_download} %{time_total}\\n", url,
    ]  # fmt: skip
    clients = []
    try:
        with Growth(server) as growth:
            for _ in range(DOWNLOADS):
                # No `preexec_fn` here: while another thread runs, no Python code may run between fork and exec.
                clients.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True))
            said = [client.communicate()[0].split() for client in clients]
    finally:
        for client in clients:
            if client.poll() is None:
                client.kill()
                client.wait()
    # A rewritten header may make the body block shorter than the file.
    good = sum(client.returncode == 0 and status == "200" and int(count) > size - 65536 for client, (status, count, _) in zip(clients, said))
    return growth.bytes, max(float(took) for _, _, took in said), good
