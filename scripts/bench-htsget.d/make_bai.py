"""Writes the index of a BAM as in section 5.2 of the SAM specification: `make_bai.py FILE.bam` writes FILE.bam.bai.

samtools merges windows of less than 64 KiB into wider ones. The index of a deliberately sparse file would then be as small as the index of a small
genome. This script keeps every window, as samtools does with dense reads, so that the index has the size of a whole genome's index.
"""

import struct
import sys
import zlib

from genome import CONTIGS, READ_LENGTH, WINDOW

RECORD = struct.Struct("<iiiBBH")


def blocks(path):
    """Yields the offset of each block, its unpacked text and the offset after the block."""
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at < len(data):
        # htslib always writes the block size at this offset.
        assert data[at : at + 4] == b"\x1f\x8b\x08\x04" and data[at + 12 : at + 16] == b"BC\x02\x00", "not written by htslib"
        size = struct.unpack_from("<H", data, at + 16)[0] + 1
        yield at, zlib.decompress(memoryview(data)[at + 18 : at + size - 8], -15), at + size
        at += size


def header_length(text):
    size = 8 + struct.unpack_from("<i", text, 4)[0]
    references = struct.unpack_from("<i", text, size)[0]
    assert references == len(CONTIGS)
    size += 4
    for _ in range(references):
        size += 4 + struct.unpack_from("<i", text, size)[0] + 4
    return size


def main(path):
    bins = [{} for _ in CONTIGS]
    linear = [[] for _ in CONTIGS]
    counts = [0] * len(CONTIGS)
    unplaced = 0
    first = True
    chunk, chunk_key = None, None
    for place, text, after in blocks(path):
        at = 0
        if first:
            at = header_length(text)
            first = False
        while at < len(text):
            size, reference, position, _, _, number = RECORD.unpack_from(text, at)
            start = place << 16 | at
            at += size + 4
            assert at <= len(text), "a read straddles blocks: not written by htslib"
            end = place << 16 | at if at < len(text) else after << 16
            if reference < 0:
                unplaced += 1
                continue
            counts[reference] += 1
            offsets = linear[reference]
            last = (position + READ_LENGTH - 1) // WINDOW
            if len(offsets) <= last:
                offsets.extend([start] * (last + 1 - len(offsets)))
            if (reference, number) == chunk_key:
                chunk[1] = end
            else:
                chunk, chunk_key = [start, end], (reference, number)
                bins[reference].setdefault(number, []).append(chunk)
    with open(path + ".bai", "wb") as out:
        out.write(b"BAI\x01" + struct.pack("<i", len(CONTIGS)))
        for own, offsets, count in zip(bins, linear, counts):
            out.write(struct.pack("<i", len(own) + 1))
            for number, chunks in own.items():
                out.write(struct.pack("<Ii", number, len(chunks)))
                out.writelines(struct.pack("<QQ", *c) for c in chunks)
            every = [c for chunks in own.values() for c in chunks]
            span = (min(c[0] for c in every), max(c[1] for c in every)) if every else (0, 0)
            out.write(struct.pack("<IiQQQQ", 37450, 2, *span, count, 0))
            out.write(struct.pack(f"<i{len(offsets)}Q", len(offsets), *offsets))
        out.write(struct.pack("<Q", unplaced))


main(sys.argv[1])
