"""Measures slices: the bytes that are sent for a region, their cost, and whether they are correct."""

import hashlib
import os
import random
import subprocess
import time

from client import Client, Refused
from genome import CONTIGS, DENSE_CONTIG, DENSE_END, DENSE_START
from process import Growth, children_cpu_s, end_with_parent, output_of
from rows import Section, mib, times

# (width in bases, number of regions)
WIDTHS = [(100, 8), (1_000, 8), (10_000, 8), (100_000, 8), (1_000_000, 3)]
# The gateway re-encodes the edges of a slice: at most two BGZF blocks.
TWO_BLOCKS = 2 * 65536
REGIONS = 2_000
PEER_PATIENCE_S = 20


def measure_slices(ours, peer, gateway, actix, data, scratch):
    """Requests regions at thirty-fold depth, and compares with `samtools view -b` and the peer."""
    section = Section(
        "Slices of BAM",
        [
            "Regions at thirty-fold depth: one client requests the ticket and all blocks, one after the other. The floor is `samtools view -b` of the same",
            "regions, one process for each, which reads the index each time. Records are compared as text.",
        ],
    )
    bam = os.path.join(data, "genome.bam")
    rng = random.Random("gemj regions")
    client, other = Client(ours, gateway.token), Client(peer)
    client.slice(gateway.reads("BAM") + f"&referenceName={DENSE_CONTIG}&start=1&end=2")
    for width, count in WIDTHS:
        starts = [rng.randrange(DENSE_START, DENSE_END - width) for _ in range(count)]
        questions = [f"&referenceName={DENSE_CONTIG}&start={start}&end={start + width}" for start in starts]
        regions = [f"{DENSE_CONTIG}:{start + 1}-{start + width}" for start in starts]
        before, started = ours.cpu_s(), time.monotonic()
        mine = sum(client.slice(gateway.reads("BAM") + question)[0] for question in questions)
        mine_s, mine_cpu = time.monotonic() - started, ours.cpu_s() - before
        before, started = children_cpu_s(), time.monotonic()
        floor = sum(len(output_of(["samtools", "view", "--no-PG", "-b", bam, region])) for region in regions)
        floor_s, floor_cpu = time.monotonic() - started, children_cpu_s() - before
        theirs = sum(other.slice(actix.reads("BAM") + question)[0] for question in questions)
        equal = 0
        for question, region in zip(questions, regions):
            path = os.path.join(scratch, "slice.bam")
            with open(path, "wb") as file:
                client.slice(gateway.reads("BAM") + question, write=file.write)
            equal += text_hash(["samtools", "view", path]) == text_hash(["samtools", "view", bam, region])
        what = f"{width:,} b"
        if width >= 100_000:
            target, met = "<= 1.10 x samtools", mine <= 1.10 * floor
        else:
            target, met = "<= samtools + 2 blocks", mine <= floor + count * TWO_BLOCKS
        section.add(f"{what}: bytes, against samtools", f"{mine // count:,}", f"{floor // count:,}", times(mine / floor), target, met)
        section.add(f"{what}: bytes, against htsget-actix", f"{mine // count:,}", f"{theirs // count:,}", times(mine / theirs))
        section.add(f"{what}: records as samtools", f"{equal} of {count}", target="all", met=equal == count)
        section.add(f"{what}: wall, against samtools", ms(mine_s / count), ms(floor_s / count), times(mine_s / floor_s))
        section.add(f"{what}: CPU, against samtools", ms(mine_cpu / count), ms(floor_cpu / count), times(mine_cpu / floor_cpu))
    return section


def measure_many_regions(ours, gateway, actix, data, scratch):
    """Compares a POST of two thousand regions with `samtools view -M -L` and the peer, which has a time limit."""
    section = Section(
        "POST of 2,000 regions",
        [
            "Regions of 1 kb of the BAM, half of them at thirty-fold depth, in random order. The floor of the body is `samtools view -b -M -L`;",
            f"htsget-actix starts again before the request, and gets {PEER_PATIENCE_S} s to return the ticket.",
        ],
    )
    bam = os.path.join(data, "genome.bam")
    rng = random.Random("gemj many regions")
    regions = []
    for number in range(REGIONS):
        if number % 2:
            name, start = DENSE_CONTIG, rng.randrange(DENSE_START, DENSE_END - 1000)
        else:
            name = rng.choices(list(CONTIGS), weights=list(CONTIGS.values()))[0]
            start = rng.randrange(CONTIGS[name] - 1000)
        regions.append((name, start, start + 1000))
    post = {"format": "BAM", "regions": [{"referenceName": name, "start": start, "end": end} for name, start, end in regions]}
    path = os.path.join(scratch, "many.bam")
    client = Client(ours, gateway.token)
    before, started = ours.cpu_s(), time.monotonic()
    refused = None
    with Growth(ours) as growth:
        try:
            urls = client.ticket(gateway.reads("BAM").split("?")[0], post)
        except Refused as answer:
            section.add("ticket", str(answer), target="< 200 ms, or 413", met=answer.status == 413)
            return section
        ticket_s = time.monotonic() - started
        try:
            with open(path, "wb") as file:
                total = client.blocks(urls, file.write)
        except Refused as answer:
            refused = answer
    took_s, used = time.monotonic() - started, ours.cpu_s() - before
    theirs, peer_grew = patient(actix, post)
    section.add("ticket, against htsget-actix", ms(ticket_s), theirs, target="< 200 ms, or 413", met=ticket_s < 0.2)
    addresses = [block["url"] for block in urls if not block["url"].startswith("data:")]
    section.add("the longest address in it", f"{max(map(len, addresses), default=0):,} bytes")
    section.add(
        "resident memory grew by at most, ticket and body, against htsget-actix", mib(growth.bytes), peer_grew,
        target="< 100 MB", met=growth.bytes < 100e6,
    )  # fmt: skip
    if refused:
        section.add("body", str(refused), target="records as samtools", met=False)
        return section
    bed = os.path.join(scratch, "many.bed")
    with open(bed, "w") as file:
        file.writelines(f"{name}\t{start}\t{end}\n" for name, start, end in regions)
    before, started = children_cpu_s(), time.monotonic()
    floor = len(output_of(["samtools", "view", "--no-PG", "-b", "-M", "-L", bed, bam]))
    floor_s, floor_cpu = time.monotonic() - started, children_cpu_s() - before
    equal = text_hash(["samtools", "view", path]) == text_hash(["samtools", "view", "-M", "-L", bed, bam])
    section.add("ticket and body: wall, against samtools", ms(took_s), ms(floor_s), times(took_s / floor_s))
    section.add("ticket and body: CPU, against samtools", ms(used), ms(floor_cpu), times(used / floor_cpu))
    section.add("bytes, against samtools", f"{total:,}", f"{floor:,}", times(total / floor))
    section.add("records as samtools", "yes" if equal else "no", target="yes", met=equal)
    return section


def patient(actix, post):
    """Requests one ticket of the peer. Returns its time (or the time limit) and the growth of the peer's memory."""
    server = actix.beside("many").serve()
    try:
        with Growth(server) as growth:
            started = time.monotonic()
            try:
                Client(server, timeout_s=PEER_PATIENCE_S).ticket(actix.reads("BAM").split("?")[0], post)
                took = ms(time.monotonic() - started)
            except TimeoutError:
                took = f"> {PEER_PATIENCE_S} s"
            except (Refused, OSError) as refused:
                took = str(refused).split(":")[0] or type(refused).__name__
        return took, mib(growth.bytes)
    finally:
        server.stop()


def text_hash(command):
    """Returns a hash of the output of a command."""
    digest = hashlib.sha256()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=end_with_parent
    ) as running:
        while part := running.stdout.read(1 << 20):
            digest.update(part)
    # The result for an unreadable file equals no other result.
    return digest.hexdigest() if running.returncode == 0 else object()


def ms(seconds):
    return f"{1000 * seconds:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
