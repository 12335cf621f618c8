"""Writes one part of the whole-genome reads as SAM: `make_reads.py before|dense|after`. Every run writes the same bytes.

Every window of 16,384 bases has ten reads. The last read reaches into the next window, as in a real genome, so the index has one chunk for each
window and one more for each border. The part `dense` is a range of ten megabases at thirty-fold depth.
"""

import random
import sys

from genome import CONTIGS, DENSE_CONTIG, DENSE_END, DENSE_START, READ_LENGTH, WINDOW

READS_PER_WINDOW = 10
DEPTH = 30
UNPLACED = 1000
BASES_PERIOD = 1_000_003
QUALITIES_PERIOD = 4_000_037


class Writer:
    def __init__(self, part):
        rng = random.Random("gemj " + part)
        self.rng = rng
        # Sequences repeat only after a long distance, so that overlapping reads compress like real reads.
        self.bases = "".join(random.Random("bases").choices("ACGT", k=BASES_PERIOD + READ_LENGTH))
        self.qualities = "".join(rng.choices("F:,?;8#B", weights=[60, 10, 7, 6, 6, 5, 3, 3], k=QUALITIES_PERIOD + READ_LENGTH))
        self.number = {"before": 0, "dense": 10_000_000, "after": 20_000_000}[part]
        self.lines = []

    def read(self, contig, start):
        n = self.number
        self.number = n + 1
        at = start % BASES_PERIOD
        quality = n * 7919 % QUALITIES_PERIOD
        flag = 16 if n & 1 else 0
        self.lines.append(
            f"A01:7:{n * 104729 % 1000003}:{n}\t{flag}\t{contig}\t{start + 1}\t60\t150M\t*\t0\t0\t{self.bases[at:at + 150]}"
            f"\t{self.qualities[quality:quality + 150]}\tAS:i:150\tRG:Z:lane1\n"
        )
        if len(self.lines) >= 20_000:
            self.flush()

    def unplaced(self):
        n = self.number
        self.number = n + 1
        at, quality = n * 31 % BASES_PERIOD, n * 7919 % QUALITIES_PERIOD
        self.lines.append(f"A01:7:{n}\t4\t*\t0\t0\t*\t*\t0\t0\t{self.bases[at:at + 150]}\t{self.qualities[quality:quality + 150]}\tRG:Z:lane1\n")

    def flush(self):
        sys.stdout.write("".join(self.lines))
        self.lines.clear()

    def sparse(self, contig, first, end):
        """Writes ten reads in each window from `first` to `end`."""
        length = CONTIGS[contig]
        for window in range(first, end, WINDOW):
            inside = min(window + WINDOW, length) - READ_LENGTH
            if inside <= window:
                continue
            for start in sorted(self.rng.randrange(window, inside) for _ in range(READS_PER_WINDOW - 1)):
                self.read(contig, start)
            if window + WINDOW + READ_LENGTH <= length and window + WINDOW < end:
                self.read(contig, window + WINDOW - self.rng.randrange(1, READ_LENGTH))

    def dense(self):
        # Every read must lie inside the range, because the parts are joined end to end.
        positions = DENSE_END - DENSE_START - READ_LENGTH
        count = DEPTH * (DENSE_END - DENSE_START) // READ_LENGTH
        for start in sorted(self.rng.randrange(positions) for _ in range(count)):
            self.read(DENSE_CONTIG, DENSE_START + start)


def main(part):
    out = Writer(part)
    out.lines.append("@HD\tVN:1.6\tSO:coordinate\n")
    out.lines.extend(f"@SQ\tSN:{name}\tLN:{length}\n" for name, length in CONTIGS.items())
    out.lines.append("@RG\tID:lane1\tSM:BENCH-READS-S\tLB:library\tPL:ILLUMINA\n")
    names = list(CONTIGS)
    if part == "dense":
        out.dense()
    elif part == "before":
        for name in names[: names.index(DENSE_CONTIG)]:
            out.sparse(name, 0, CONTIGS[name])
        out.sparse(DENSE_CONTIG, 0, DENSE_START)
    else:
        out.sparse(DENSE_CONTIG, DENSE_END, CONTIGS[DENSE_CONTIG])
        for name in names[names.index(DENSE_CONTIG) + 1 :]:
            out.sparse(name, 0, CONTIGS[name])
        for _ in range(UNPLACED):
            out.unplaced()
    out.flush()


main(sys.argv[1])
