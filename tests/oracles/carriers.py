"""Counts the carriers of alleles in the files by brute force, and makes queries with the expected answers.

Standard input: {"files": [{"path", "assembly", "people": {sample: participant}, "questions": n}],
                 "packets": {"path", "questions": n}, "windows": n, "seed": n}
Standard output: {"variants": [{assembly, contig, start, reference, alternate, people}], "windows": [{assembly, contig, start, end, variants, people}]}
Positions are 0-based. A tenth of the variant queries is about an allele without carriers.
"""
import gzip, json, random, re, sys, tarfile
from collections import defaultdict

asked = json.load(sys.stdin)
rng = random.Random(asked["seed"])
carriers = defaultdict(set)  # (assembly, contig, start, reference, alternate), trimmed -> participants


def contig_of(name):
    return name.removeprefix("chr")


def trimmed(start, reference, alternate):
    while reference and alternate and reference[-1] == alternate[-1]:
        reference, alternate = reference[:-1], alternate[:-1]
    while reference and alternate and reference[0] == alternate[0]:
        reference, alternate, start = reference[1:], alternate[1:], start + 1
    return start, reference, alternate


def spelled_out(alternate):
    return re.fullmatch("[ACGTNacgtn]+", alternate) is not None


def records(path):
    with gzip.open(path, "rt") as text:
        for line in text:
            if line.startswith("##"):
                continue
            fields = line.rstrip("\n").split("\t")
            if line.startswith("#CHROM"):
                samples = fields[9:]
                continue
            yield fields, samples


pools = []
for file in asked["files"]:
    pool = []
    for fields, samples in records(file["path"]):
        contig, position, reference, alternates = fields[0], int(fields[1]), fields[3], fields[4].split(",")
        gt = fields[8].split(":").index("GT")
        carried_by = defaultdict(set)
        for sample, values in zip(samples, fields[9:]):
            person = file["people"].get(sample)
            if person is None:
                continue
            for call in re.split("[/|]", values.split(":")[gt]):
                if call not in (".", "0", ""):
                    carried_by[int(call)].add(person)
        for number, alternate in enumerate(alternates, 1):
            if not spelled_out(alternate):
                continue
            key = (file["assembly"], contig_of(contig), *trimmed(position - 1, reference, alternate))
            if carried_by[number]:
                carriers[key] |= carried_by[number]
            pool.append((file["assembly"], contig, position - 1, reference, alternate))
    pools.append((pool, file["questions"]))

if asked.get("packets"):
    pool = []
    with tarfile.open(asked["packets"]["path"]) as archive:
        for member in archive:
            if not member.name.endswith(".json"):
                continue
            packet = json.load(archive.extractfile(member))
            for interpretation in packet.get("interpretations", []):
                for finding in interpretation["diagnosis"]["genomicInterpretations"]:
                    record = finding["variantInterpretation"]["variationDescriptor"].get("vcfRecord")
                    if not record or not spelled_out(record["alt"]):
                        continue
                    start = int(record["pos"]) - 1
                    assembly = {"hg38": "GRCh38", "GRCh38": "GRCh38"}[record["genomeAssembly"]]
                    key = (assembly, contig_of(record["chrom"]), *trimmed(start, record["ref"], record["alt"]))
                    carriers[key].add(packet["id"])
                    pool.append((assembly, record["chrom"], start, record["ref"], record["alt"]))
    pools.append((pool, asked["packets"]["questions"]))

variants = []
for pool, wanted in pools:
    for number, (assembly, contig, start, reference, alternate) in enumerate(rng.sample(pool, wanted)):
        if number % 10 == 9:
            alternate = alternate + rng.choice("ACGT") * 7
        if number % 3 == 0:
            contig = contig_of(contig) if contig.startswith("chr") else "chr" + contig
        key = (assembly, contig_of(contig), *trimmed(start, reference, alternate))
        people = len(carriers.get(key, ()))
        variants.append(dict(assembly=assembly, contig=contig, start=start, reference=reference, alternate=alternate, people=people))

# An allele overlaps a window if it covers a base of the window. An insertion covers the base that follows it.
windows = []
keys = sorted(carriers)
for _ in range(asked["windows"]):
    assembly, contig, start, reference, alternate = rng.choice(keys)
    first = max(0, start - rng.choice([0, 1, 5, 300, 20_000]))
    end = start + rng.choice([1, 2, 40, 3000, 400_000])
    inside = [k for k in keys if k[0] == assembly and k[1] == contig and k[2] < end and max(k[2] + len(k[3]), k[2] + 1) > first]
    people = set().union(*(carriers[k] for k in inside))
    windows.append(dict(assembly=assembly, contig=contig, start=first, end=end, variants=len(inside), people=len(people)))

json.dump(dict(variants=variants, windows=windows), sys.stdout)
