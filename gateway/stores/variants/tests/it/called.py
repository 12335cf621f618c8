"""Recounts allele numbers (AC, AN) from VCF files by brute force, base by base. Shares no code with the index.

Standard input: lines `F path columns` for the files (the participant's number of each column, `-` for an unmapped column), then lines
`Q people files contig start end reference alternate` for the queries. The elements of lists are separated by commas.

Prints one line for each query: AC, AN and the number of called participants, or `-` if no file states that a participant was called.
"""
import gzip
import re
import sys

RANK = {"het": 0, "hem": 1, "hom": 2}


def name_of(chrom):
    name = re.sub(r"^chr(?=([1-9]|1\d|2[0-2]|X|Y|M)$)", "", chrom)
    return "MT" if name == "M" else name


def minimal(start, ref, alt):
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0]:
        ref, alt, start = ref[1:], alt[1:], start + 1
    return start, start + len(ref), ref, alt


class File:
    def __init__(self, path, columns):
        self.carried = {}  # allele -> participant -> zygosity
        self.bases = {}  # (contig, base) -> participant -> called copies, for every base that a record covers
        self.sites = {}  # (contig, start, end) -> alternate -> participant -> called copies, for exactly this range
        joint, is_gvcf = len(columns) > 1, False
        opened = gzip.open(path, "rt") if path.endswith("gz") else open(path)
        for line in opened:
            if line.startswith("#"):
                continue
            fields = line.rstrip("\n").split("\t")
            chrom, pos, _, ref, alts, _, _, info, form = fields[:9]
            contig, start = name_of(chrom), int(pos) - 1
            alts = alts.split(",")
            keys = form.split(":")
            reference = all(alt in (".", "<NON_REF>", "<*>") for alt in alts)
            end = start + len(ref)
            told = re.search(r"(?:^|;)END=(\d+)", info)
            long = reference and told and int(told.group(1)) > end
            if long:
                end = int(told.group(1))
            block = reference and (long or alts[0] != ".")
            is_gvcf = is_gvcf or (block and not joint)
            for person, sample in zip(columns, fields[9:]):
                if person is None:
                    continue
                values = dict(zip(keys, sample.split(":")))
                calls = re.split("[/|]", values.get("GT", "."))
                copies = sum(call != "." for call in calls) if len(calls) < 3 else 0
                if reference and not joint and any(values.get(key) == "0" for key in ("DP", "MIN_DP", "GQ")):
                    copies = 0
                for number, alt in enumerate(alts, start=1):
                    if not re.fullmatch("[ACGTN]+", alt):
                        continue
                    allele = minimal(start, ref, alt)
                    if joint:
                        of_stretch = self.sites.setdefault((contig, allele[0], allele[1]), {})
                        of_site = of_stretch.setdefault(allele[3], {})
                        of_site[person] = max(copies, of_site.get(person, 0))
                    carried = calls.count(str(number))
                    if carried:
                        how = "het" if carried < len(calls) else "hem" if carried == 1 else "hom"
                        people = self.carried.setdefault((contig,) + allele, {})
                        if person not in people or RANK[how] > RANK[people[person]]:
                            people[person] = how
                if not copies or (joint and not reference) or (not joint and not is_gvcf):
                    continue
                for base in range(start, end):
                    people = self.bases.setdefault((contig, base), {})
                    people[person] = max(copies, people.get(person, 0)) if joint else people.get(person, copies)


def at_site(f, person, place, alt):
    # If the file has a record of the allele itself, this record counts. Otherwise all records that replace exactly this range count.
    alternates = f.sites.get(place, {})
    some = [alternates[alt]] if alt in alternates else alternates.values()
    return max([people.get(person, 0) for people in some], default=0)


def at_base(f, person, base, place, alt):
    # If a joint file has a record of the allele itself, the other records of the file do not count for this allele.
    return 0 if alt in f.sites.get(place, {}) else f.bases.get((place[0], base), {}).get(person, 0)


def numbers(files, people, contig, start, end, ref, alt):
    place = range(max(start - 1, 0), max(start, 1)) if start == end else range(start, end)
    stretch, called, how = (contig, start, end), {}, {}
    for person in people:
        everywhere = min(max(at_base(f, person, base, stretch, alt) for f in files) for base in place)
        exactly = max(at_site(f, person, stretch, alt) for f in files)
        covered = 0
        # A record of exactly this range covers all its bases, so blocks of other files can only add copies.
        for copies in (2, 1):
            if all(max([exactly] + [at_base(f, person, base, stretch, alt) for f in files]) >= copies for base in place):
                covered = copies
                break
        assert covered >= max(everywhere, exactly)
        if covered:
            called[person] = covered
        for f in files:
            found = f.carried.get((contig, start, end, ref, alt), {}).get(person)
            if found and (person not in how or RANK[found] > RANK[how[person]]):
                how[person] = found
    if not called:
        return "-"
    alleles = sum((called[p] if h == "hom" else 1) for p, h in how.items() if p in called)
    return f"{alleles} {sum(called.values())} {len(called)}"


def main():
    files = []
    for line in sys.stdin:
        kind, *fields = line.rstrip("\n").split(" ")
        if kind == "F":
            files.append(File(fields[0], [None if c == "-" else int(c) for c in fields[1].split(",")]))
            continue
        people, of, contig, start, end, ref, alt = fields
        people = [int(p) for p in people.split(",") if p]
        some = [files[int(f)] for f in of.split(",") if f]
        text = lambda bases: "" if bases == "-" else bases
        print(numbers(some, people, contig, int(start), int(end), text(ref), text(alt)) if some else "-")


main()
