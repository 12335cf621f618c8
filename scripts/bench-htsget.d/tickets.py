"""Measures tickets: their cost, their time, and the memory of the server."""

import random
import time

from client import Client
from genome import CONTIGS, DENSE_CONTIG, DENSE_END, DENSE_START
from rows import Section, mib, times
from wrk import wrk

CONNECTIONS = 16
# A ticket of the peer takes hundreds of milliseconds of processor time, so more connections would only wait for each other.
PEER_CONNECTIONS = 2
SECONDS = 8
DENSE = f"{DENSE_CONTIG}:{DENSE_START}-{DENSE_END}"
EVERYWHERE = ",".join(f"{name}:0-{length}" for name, length in CONTIGS.items())
KINDS = ("BAM", "CRAM")
# The pause of each connection between two tickets, in runs that do not saturate the machine: about 300 tickets per second.
PAUSE_MS = 50
# (name of the request, places, width in bases, whether the target applies)
QUESTIONS = [
    ("100 kb at thirty-fold depth", DENSE, 100_000, True),
    ("100 kb anywhere (some 60 reads)", EVERYWHERE, 100_000, False),
    ("1 kb at thirty-fold depth", DENSE, 1_000, False),
]


def measure_tickets(ours, peer, gateway, actix):
    """Measures tickets. The servers `ours` and `peer` must have just started: until now they have only answered whether they are ready."""
    section = Section(
        "Tickets",
        [
            f"Random regions over kept connections: {CONNECTIONS} for the gateway, {PEER_CONNECTIONS} for htsget-actix, where further connections would only wait. CPU",
            "is the server's only. The gateway decides on every ticket and records it in the audit chain; htsget-actix does neither.",
        ],
    )
    cold(section, ours, peer, gateway, actix)
    floor(section, ours, peer)
    for kind in KINDS:
        for name, places, width, has_target in QUESTIONS:
            words = {"places": places, "width": width}
            mine = wrk(ours, "regions.lua", CONNECTIONS, SECONDS, token=gateway.token, path=gateway.reads(kind), **words)
            theirs = wrk(peer, "regions.lua", PEER_CONNECTIONS, SECONDS, path=actix.reads(kind), warm_up_s=0, **words)
            ratio = theirs.cpu_ms / mine.cpu_ms
            what = f"{kind}, {name}"
            section.add(
                f"{what}: CPU per ticket", f"{mine.cpu_ms:.3f} ms", f"{theirs.cpu_ms:.1f} ms", f"{times(ratio)} less",
                ">= 100 x less" if has_target else "", ratio >= 100 if has_target else None,
            )  # fmt: skip
            section.add(
                f"{what}: p50 / p99", f"{mine.p50_ms:.2f} / {mine.p99_ms:.2f} ms", f"{theirs.p50_ms:.0f} / {theirs.p99_ms:.0f} ms",
                f"{times(theirs.p99_ms / mine.p99_ms)} less", "p99 <= 10 ms" if has_target else "", mine.p99_ms <= 10 if has_target else None,
            )  # fmt: skip
            section.add(f"{what}: tickets/s", f"{mine.rate:.0f}", f"{theirs.rate:.1f}", times(mine.rate / theirs.rate))
            if has_target:
                paced = wrk(
                    ours, "regions.lua", CONNECTIONS, 4, token=gateway.token, warm_up_s=1, path=gateway.reads(kind), pause_ms=PAUSE_MS, **words
                )
                section.add(f"{what}: p50 / p99 at {paced.rate:.0f} tickets/s", f"{paced.p50_ms:.2f} / {paced.p99_ms:.2f} ms")
            section.add(f"{what}: with all data inline", inline(Client(ours, gateway.token), gateway.reads(kind), places, width))
            if mine.errors or theirs.errors:
                section.add(f"{what}: errors", str(mine.errors), str(theirs.errors), met=not mine.errors, target="none")
    memory = ours.resident_bytes()
    section.add(
        "resident memory after them", mib(memory), mib(peer.resident_bytes()), times(peer.resident_bytes() / memory) + " less",
        "< 300 MB", memory < 300e6,
    )  # fmt: skip
    return section


def inline(client, path, places, width, asked=20):
    """Returns how many of `asked` tickets carry all their data inline."""
    rng = random.Random("gemj inline")
    found = 0
    for _ in range(asked):
        name, stretch = rng.choice(places.split(",")).split(":")
        first, end = map(int, stretch.split("-"))
        # chrM is shorter than some widths.
        start = rng.randrange(first, max(end - width, first + 1))
        urls = client.ticket(f"{path}&referenceName={name}&start={start}&end={min(start + width, end)}")
        found += all(block["url"].startswith("data:") for block in urls)
    return f"{found} of {asked}"


def cold(section, ours, peer, gateway, actix):
    """Measures the first ticket of each file, which reads indexes and headers."""
    region = f"&referenceName={DENSE_CONTIG}&start={DENSE_START + 1000}&end={DENSE_START + 101_000}"
    for kind in KINDS:
        took = []
        for server, path, token in [(ours, gateway.reads(kind), gateway.token), (peer, actix.reads(kind), None)]:
            before, started = server.cpu_s(), time.monotonic()
            Client(server, token).ticket(path + region)
            took.append((1000 * (time.monotonic() - started), 1000 * (server.cpu_s() - before)))
        (mine, mine_cpu), (theirs, theirs_cpu) = took
        section.add(f"{kind}: the first ticket after the start", f"{mine:.0f} ms", f"{theirs:.0f} ms", f"{times(theirs / mine)} less")
        section.add(f"{kind}: its CPU", f"{mine_cpu:.0f} ms", f"{theirs_cpu:.0f} ms", f"{times(theirs_cpu / mine_cpu)} less")


def floor(section, ours, peer):
    """Measures the cost of an answer without data."""
    for what, path in [("`/healthz`", "/healthz"), ("service-info", "/htsget/reads/service-info")]:
        mine = wrk(ours, "path.lua", CONNECTIONS, 3, path=path, warm_up_s=1)
        theirs = wrk(peer, "path.lua", CONNECTIONS, 3, path="/reads/service-info", warm_up_s=1)
        section.add(
            f"floor: {what} of ours, service-info of the peer, CPU each", f"{mine.cpu_ms:.3f} ms", f"{theirs.cpu_ms:.3f} ms",
            f"{times(theirs.cpu_ms / mine.cpu_ms)} less",
        )  # fmt: skip
