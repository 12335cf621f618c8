"""Measures a slice of a joint BCF from which the gateway removes the participants without consent."""

import os
import statistics
import time

from client import Client
from people import CONSENTING, JOINT_PEOPLE
from process import children_cpu_s, output_of
from rows import Section, mib, times
from slices import ms, text_hash

RUNS = 3
CALLS = "%CHROM\\t%POS\\t%REF\\t%ALT[\\t%GT:%AD:%DP:%GQ]\\n"


def measure_joint(ours, gateway, data, scratch):
    """Fetches the whole joint file with half of its participants, and compares with `bcftools view -S`."""
    section = Section(
        "Joint BCF without half of its participants",
        [
            f"{len(CONSENTING):,} of {len(JOINT_PEOPLE):,} participants consented. Ticket and all blocks, against `bcftools view -S … -Ob`, which keeps the sites",
            f"that none of them carries; the gateway omits these sites. Medians of {RUNS} runs.",
        ],
    )
    bcf = os.path.join(data, "joint.bcf")
    people = os.path.join(scratch, "people.txt")
    with open(people, "w") as file:
        file.writelines(f"{who}-S\n" for who in CONSENTING)
    path = os.path.join(scratch, "joint.bcf")
    client = Client(ours, gateway.token)
    mine, floor = [], []
    for _ in range(RUNS):
        before = ours.cpu_s()
        with open(path, "wb") as file:
            _, _, took = client.slice(gateway.variants(), write=file.write)
        mine.append((took, ours.cpu_s() - before))
        before, started = children_cpu_s(), time.monotonic()
        kept = len(output_of(["bcftools", "view", "--no-version", "-S", people, "-Ob", bcf]))
        floor.append((time.monotonic() - started, children_cpu_s() - before))
    wall, cpu = (statistics.median(run[n] for run in mine) for n in (0, 1))
    floor_wall, floor_cpu = (statistics.median(run[n] for run in floor) for n in (0, 1))
    section.add("wall", ms(wall), ms(floor_wall), times(wall / floor_wall), "<= bcftools", wall <= floor_wall)
    section.add("CPU", ms(cpu), ms(floor_cpu), times(cpu / floor_cpu), "<= bcftools", cpu <= floor_cpu)
    section.add("bytes", mib(os.path.getsize(path)), mib(kept), times(os.path.getsize(path) / kept))
    carried = os.path.join(scratch, "carried.bcf")
    output_of(["bcftools", "view", "--no-version", "-S", people, "-c", "1", "-Ob", "-o", carried, bcf])
    equal = text_hash(["bcftools", "query", "-f", CALLS, path]) == text_hash(["bcftools", "query", "-f", CALLS, carried])
    section.add("calls as bcftools, at sites that somebody left carries", "yes" if equal else "no", target="yes", met=equal)
    return section
