"""Measures the store with 100,000 participants, and the reading of files."""

import time

from made import MANY, FEW
from process import children_cpu_s, output_of
from rows import Section, times
from said import duration, said

VARIANTS = 80_000
# The number of variants in a window of 10,000 bases: one every six bases.
WINDOW_VARIANTS = 1_666


def measure_many(store, scratch):
    found = said([store, "large", scratch, str(MANY), str(VARIANTS)])
    section = Section(
        "100,000 people, at the store",
        [
            f"{VARIANTS:,} variants, {int(found['large genotypes']):,} genotypes other than the reference. The peer is SQLite with one blob of carriers for each",
            "variant, without row ids, mapped into memory. It is queried by prepared statements in the same process, with the same mask.",
        ],
    )

    def row(measure, name, quantile, target="", is_met=None, peer=True):
        ours = int(found[f"{name} index {quantile}"])
        theirs = int(found[f"{name} blobs {quantile}"]) if peer else None
        met = is_met(ours, theirs) if is_met else None
        section.add(
            f"{measure}, {quantile}", duration(ours), duration(theirs) if peer else "", times(ours / theirs) if peer else "", target, met
        )

    row("one allele, warm", "large exact", "p50", ">= 8 times quicker", lambda ours, theirs: theirs >= 8 * ours)
    row("one allele, warm", "large exact", "p99", "< 1 ms", lambda ours, _: ours < 1e6)
    row("one allele, block read from the file", "large uncached exact", "p50", peer=False)
    row("one allele, block read from the file", "large uncached exact", "p99", "< 1 ms", lambda ours, _: ours < 1e6, peer=False)
    row("10 kb, all alleles counted", "large window", "p50")
    row("10 kb, alleles of a consented cohort (5 %) counted", "large cohort window", "p50", "<= 1 ms", lambda ours, _: ours <= 1e6)
    row("10 kb, alleles of a consented cohort (5 %) counted", "large cohort window", "p99")
    row("10 kb, which variants the cohort carries", "large cohort window seen", "p50", peer=False)
    row("10 kb, variants that ten families of the cohort carry", "large cohort window of ten families", "p50", peer=False)
    floor = int(found["large floor of a mask p50"])
    section.add("floor: AND and count of two masks of everybody", duration(floor))
    ours, theirs = int(found["large bytes"]) / VARIANTS, int(found["large blobs bytes"]) / VARIANTS
    section.add("bytes a variant", f"{ours:.0f}", f"{theirs:.0f}", times(ours / theirs), "<= 500", ours <= 500)
    return section


def measure_ingest(store, people, wide):
    section = Section(
        "Reading a file into a segment",
        ["The peer is `bcftools view -Ou -o /dev/null`, which decodes the same file once. CPU is the processor time. The gateway also sorts, encodes and checksums."],
    )
    for words, path, count in [("1,000 people", f"{people}/people.bcf", FEW), ("100,000 people", wide, MANY)]:
        before = children_cpu_s()
        begin = time.monotonic()
        found = said([store, "ingest", path, str(count)])
        wall, cpu = time.monotonic() - begin, children_cpu_s() - before
        before = children_cpu_s()
        begin = time.monotonic()
        output_of(["bcftools", "view", "--no-version", "-Ou", "-o", "/dev/null", path])
        floor_wall, floor_cpu = time.monotonic() - begin, children_cpu_s() - before
        variants = int(found["ingest variants"])
        section.add(f"{words}, CPU", f"{cpu:.2f} s", f"{floor_cpu:.2f} s", times(cpu / floor_cpu))
        section.add(f"{words}, wall", f"{wall:.2f} s", f"{floor_wall:.2f} s", times(wall / floor_wall))
        section.add(f"{words}, variants a second", f"{variants / wall:,.0f}", f"{variants / floor_wall:,.0f}")
        section.add(f"{words}, bytes a variant, with where everybody was called", f"{int(found['ingest bytes']) / variants:.0f}")
    return section
