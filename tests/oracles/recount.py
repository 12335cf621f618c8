"""Makes files with random variants, random consents and random queries, and answers each query from the files by brute force.

Standard input: {"folder", "seed", "questions", "rounds"}. Writes VCF, BCF and gVCF files, sheets and phenopackets into the folder.
Standard output: {"people", "genes": path, "rounds": [{"consents": csv lines, "questions": [{"path", "caller", "kind", "expected": {...}}]}]}.

The script shares no code with the gateway: it reads the files as `bcftools view` prints them, trims alleles and folds consents itself. The rules
come from the documentation (docs/beacon-filters.md, docs/loading.md, docs/decisions) and from Beacon 2.1.1.
"""
import csv, itertools, json, os, random, re, subprocess, sys
from collections import defaultdict
from urllib.parse import quote

asked = json.load(sys.stdin)
rng = random.Random(asked["seed"])
folder = asked["folder"]
K = 10
LENGTHS = {
    "GRCh38": {"chr1": 248956422, "chrX": 156040895, "chrY": 57227415, "chrM": 16569},
    "GRCh37": {"1": 249250621, "X": 155270560, "Y": 59373566, "MT": 16569},
}
# The start (0-based) and the length of the generated reference of each contig.
PLACES = {"1": (10_000, 9_000), "X": (5_000_000, 2_500), "Y": (8_000_000, 1_500), "MT": (3_000, 2_000)}
genome = {name: "".join(rng.choice("ACGT") for _ in range(length)) for name, (_, length) in PLACES.items()}
# The genome contains a repeat, so that insertions and deletions have several spellings.
genome["1"] = genome["1"][:3000] + "CAG" * 12 + "A" * 20 + genome["1"][3056:]


def base_name(contig):
    return {"M": "MT"}.get(contig.removeprefix("chr"), contig.removeprefix("chr"))


def bases_at(contig, start, length):
    first, _ = PLACES[contig]
    return genome[contig][start - first : start - first + length]


# ---- people -------------------------------------------------------------------------------------------------------------------------
PEOPLE = [f"RC-{n:03}" for n in range(85)]
SEX = {p: ["female", "male", "male", "female", "other", "unknown"][n % 6] for n, p in enumerate(PEOPLE)}
FAMILY = {p: f"RCF-{n // 3 if n % 3 < 2 else 1000 + n}" for n, p in enumerate(PEOPLE)}
MEMBERS = {"cancer": PEOPLE[:60], "rare-disease": PEOPLE[45:]}
TERMS = [f"OMIM:9100{n:02}" for n in range(8)]
terms = {d: {p: {t for n, t in enumerate(TERMS) if rng.random() < [0.9, 0.6, 0.45, 0.3, 0.25, 0.2, 0.1, 0.02][n]} for p in people} for d, people in MEMBERS.items()}

# ---- sites --------------------------------------------------------------------------------------------------------------------------
SYMBOLIC = ["<DEL>", "<DUP>", "<DUP:TANDEM>", "<INV>", "<CN0>", "<CN1>", "<CN3>", "<CN5>", "<CNV>", "<DEL:ME>", "<INS>", "<INS:ME>"]


def other_base(base):
    return rng.choice([b for b in "ACGT" if b != base])


def letters(low, high):
    return "".join(rng.choice("ACGT") for _ in range(rng.randint(low, high)))


def new_site(contig, symbolic=True):
    """One record's POS (1-based), REF, ALTs and INFO."""
    first, length = PLACES[contig]
    start = first + rng.randrange(5, length - 200)
    if contig == "1" and rng.random() < 0.3:
        start = first + rng.randrange(2995, 3060)
    kind = rng.random()
    if kind < 0.13 and symbolic:
        alternates = rng.sample(SYMBOLIC, 1 if rng.random() < 0.8 else 2)
        sizes = [rng.choice([1, 30, 49, 50, 51, 120, 400]) for _ in alternates]
        reference = bases_at(contig, start, 1)
        info = []
        if rng.random() < 0.9 or len(alternates) > 1:
            info.append("SVLEN=" + ",".join(str(-n if a.startswith("<DEL") else n) for n, a in zip(sizes, alternates)))
        if not alternates[0].startswith("<INS") and rng.random() < 0.85:
            info.append(f"END={start + 1 + sizes[0]}")
        return start + 1, reference, alternates, ";".join(info) or "."
    if kind < 0.15 and symbolic:
        reference = bases_at(contig, start, 1)
        return start + 1, reference, [f"{reference}[chr2:3000["], "."
    alternates, reference = set(), None
    if kind < 0.45:
        reference = bases_at(contig, start, 1)
        alternates = {other_base(reference)}
    elif kind < 0.58:
        reference = bases_at(contig, start, 1)
        alternates = {reference + letters(1, 4)}
    elif kind < 0.72:
        reference = bases_at(contig, start, rng.choice([2, 2, 3, 4, 6, 49, 50, 51, 60]))
        alternates = {reference[0]}
    elif kind < 0.80:
        reference = bases_at(contig, start, rng.randint(2, 4))
        alternates = {"".join(other_base(b) for b in reference)}
    else:
        reference = bases_at(contig, start, rng.randint(1, 4))
        while len(alternates) < rng.randint(2, 3):
            change = rng.random()
            if change < 0.4:
                at = rng.randrange(len(reference))
                alternates.add(reference[:at] + other_base(reference[at]) + reference[at + 1 :])
            elif change < 0.7:
                alternates.add(reference + letters(1, 3))
            elif len(reference) > 1:
                alternates.add(reference[: rng.randint(1, len(reference) - 1)])
            else:
                alternates.add(letters(2, 3))
        alternates.discard(reference)
    alternates = sorted(alternates) or [other_base(reference[0]) + reference[1:]]
    if rng.random() < 0.08:
        alternates.append("*")
    return start + 1, reference, alternates, "."


SITES = {c: [new_site(c) for _ in range(n)] for c, n in [("1", 170), ("X", 40), ("Y", 25), ("MT", 25)]}
FREQUENCY = {c: [rng.choice([0.01, 0.05, 0.15, 0.35, 0.6, 0.8]) for _ in sites] for c, sites in SITES.items()}


def genotype(person, contig, alternates, frequency):
    def one():
        roll = rng.random()
        if roll < 0.04:
            return "."
        return str(rng.randint(1, alternates)) if roll < 0.04 + frequency else "0"

    haploid = contig == "MT" or contig == "Y" or (contig == "X" and SEX[person] == "male")
    if contig == "Y" and SEX[person] == "female":
        return rng.choice([".", "./.", "."])
    if haploid and rng.random() < 0.7:
        return one()
    return one() + rng.choice("/|") + one()


def write(name, assembly, columns, records, kind):
    """Writes sorted records (contig, POS, REF, ALTs, INFO, genotypes) as text, and converts the text with bcftools."""
    spelt = {base_name(c): c for c in LENGTHS[assembly]}
    order = list(spelt)
    lines = ["##fileformat=VCFv4.3"]
    lines += [f"##contig=<ID={c},length={n}>" for c, n in LENGTHS[assembly].items()]
    lines += ['##ALT=<ID=NON_REF,Description="x">', '##INFO=<ID=END,Number=1,Type=Integer,Description="x">']
    lines += ['##INFO=<ID=SVLEN,Number=.,Type=Integer,Description="x">', '##FORMAT=<ID=GT,Number=1,Type=String,Description="x">']
    lines += ['##FORMAT=<ID=DP,Number=1,Type=Integer,Description="x">']
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t" + "\t".join(columns))
    for contig, pos, ref, alts, info, calls in sorted(records, key=lambda r: (order.index(r[0]), r[1])):
        filter = rng.choice(["PASS", ".", "PASS"])
        form, calls = ("GT:DP", [c + ":7" for c in calls]) if rng.random() < 0.5 else ("GT", calls)
        lines.append("\t".join([spelt[contig], str(pos), ".", ref, ",".join(alts), "30", filter, info, form, *calls]))
    path = os.path.join(folder, name)
    flag = {"bcf": "-Ob", "vcf.gz": "-Oz"}[kind]
    subprocess.run(["bcftools", "view", "--no-version", flag, "-o", path, "-"], input="\n".join(lines).encode() + b"\n", check=True, stderr=subprocess.DEVNULL)
    return path


def of_sites(people, share):
    records = []
    for contig, sites in SITES.items():
        for (pos, ref, alts, info), frequency in zip(sites, FREQUENCY[contig]):
            if rng.random() < share:
                records.append((contig, pos, ref, alts, info, [genotype(p, contig, len(alts), frequency) for p in people]))
    return records


files = []  # (path, dataset, assembly, [participant or None per column])
sheet = [["dataset", "participant", "specimen", "family", "sex", "assembly", "path", "samples_path"]]


def single(dataset, person, assembly, number, gvcf=False):
    name = f"{dataset}-{person}-{number}" + (".g" if gvcf else "") + ".vcf.gz"
    records = of_sites([person], 0.7)
    # A file of one sample is like the output of a variant caller: a site without a carried allele has no record, with a few exceptions.
    records = [r for r in records if re.search("[1-9]", r[5][0]) or rng.random() < 0.1]
    if gvcf:
        records = [r if r[3][0].startswith("<") else (*r[:3], [*[a for a in r[3]], "<NON_REF>"], *r[4:]) for r in records]
        for contig, (first, length) in PLACES.items():
            for block in range(first, first + length - 100, 700):
                reference = bases_at(contig, block, 1)
                records.append((contig, block + 1, reference, ["<NON_REF>"], f"END={block + 90}", [rng.choice(["0/0", "./.", "0/0"])]))
    path = write(name, assembly, [f"{person}-S"], records, "vcf.gz")
    files.append((path, dataset, assembly, [person]))
    sheet.append([dataset, person, "", FAMILY[person], SEX[person], assembly, path, ""])


def joint(dataset, people, assembly, kind, number):
    columns = [*people, None, None]
    rng.shuffle(columns)
    names = [f"{p or 'NOBODY' + str(n)}-J" for n, p in enumerate(columns)]
    path = write(f"{dataset}-joint{number}.{kind}", assembly, names, of_sites([p or people[0] for p in columns], 0.9), kind)
    samples = os.path.join(folder, f"{dataset}-joint{number}.csv")
    with open(samples, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["sample", "participant", "specimen", "family", "sex"])
        writer.writerows([n, p, "", FAMILY[p], SEX[p]] for n, p in zip(names, columns) if p)
    files.append((path, dataset, assembly, columns))
    sheet.append([dataset, "", "", "", "", assembly, path, samples])


cancer, rare = MEMBERS["cancer"], MEMBERS["rare-disease"]
joint("cancer", cancer[:40], "GRCh38", "bcf", 1)
joint("rare-disease", rare[8:], "GRCh38", "vcf.gz", 1)
for n, person in enumerate(cancer[34:60]):
    single("cancer", person, "GRCh38", 1, gvcf=n % 4 == 0)
for n, person in enumerate(rare[:12]):
    single("rare-disease", person, "GRCh38", 2, gvcf=n % 5 == 0)
for person in cancer[:12]:
    single("cancer", person, "GRCh37", 3)
joint("cancer", cancer[10:30], "GRCh37", "bcf", 2)
with open(os.path.join(folder, "recount-sheet.csv"), "w", newline="") as out:
    csv.writer(out).writerows(sheet)
for dataset, people in MEMBERS.items():
    os.makedirs(os.path.join(folder, "packets-" + dataset), exist_ok=True)
    for person in people:
        packet = {
            "id": person,
            "subject": {"id": person, "sex": {"other": "OTHER_SEX", "unknown": "UNKNOWN_SEX"}.get(SEX[person], SEX[person].upper())},
            "diseases": [{"term": {"id": t, "label": "x"}} for t in sorted(terms[dataset][person])],
            "metaData": {"created": "2026-04-01T00:00:00Z", "createdBy": "gemj-tests", "phenopacketSchemaVersion": "2.0",
                         "resources": [{"id": "omim", "name": "OMIM", "url": "https://omim.org", "version": "1", "namespacePrefix": "OMIM", "iriPrefix": "x"}]},
        }
        with open(os.path.join(folder, "packets-" + dataset, person + ".json"), "w") as out:
            json.dump(packet, out)


# A gene model of one assembly. Some genes overlap, and one gene contains no variant.
GENES = {}
for number in range(9):
    contig = rng.choice(["1", "1", "X", "Y"])
    first, length = PLACES[contig]
    start = first + rng.randrange(length)
    GENES[f"RCG{number}"] = (contig, start, start + rng.choice([30, 400, 2500]))
GENES["RCGFAR"] = ("1", 200_000_000, 200_000_900)
genes = os.path.join(folder, "recount-genes.gff3")
with open(genes, "w") as out:
    out.write("##gff-version 3\n")
    for number, (symbol, (contig, start, end)) in enumerate(GENES.items()):
        id = f"ENSG{90_000_000_000 + number}.1"
        out.write(f"chr{contig}\tHAVANA\tgene\t{start + 1}\t{end}\t.\t+\t.\tID={id};gene_id={id};gene_type=protein_coding;gene_name={symbol}\n")


# ---- the recount --------------------------------------------------------------------------------------------------------------------
def trimmed(start, reference, alternate):
    while reference and alternate and reference[-1] == alternate[-1]:
        reference, alternate = reference[:-1], alternate[:-1]
    while reference and alternate and reference[0] == alternate[0]:
        reference, alternate, start = reference[1:], alternate[1:], start + 1
    return start, reference, alternate


def allele_of(pos, ref, alt, info, number, count):
    """(start, end, reference, alternate, inserted), 0-based half-open; None if the allele is not counted."""
    if alt in ("*", "<*>", ".", "<NON_REF>") or "[" in alt or "]" in alt:
        return None
    if not alt.startswith("<"):
        start, r, a = trimmed(pos - 1, ref.upper(), alt.upper())
        return (start, start + len(r), r, a, None)
    sizes = info.get("SVLEN", "").split(",")
    size = abs(int(sizes[number])) if len(sizes) > number and sizes[number] not in ("", ".") else None
    if re.match("<INS[>:]", alt):
        return (pos, pos, "", alt, size)
    by_end = int(info["END"]) if "END" in info else None
    by_size = pos + size if size else None
    first, second = (by_size, by_end) if count > 1 else (by_end, by_size)
    end = first if first is not None else second if second is not None else pos + len(ref) - 1
    return (pos, end, "", alt, None) if end >= pos else None


carriers = defaultdict(set)  # (dataset, assembly, contig, allele) -> people
spellings = []  # of records, for queries: (dataset, assembly, contig, pos, ref, alt)
for path, dataset, assembly, columns in files:
    text = subprocess.run(["bcftools", "view", "--no-version", "-H", path], check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        chrom, pos, _, ref, alts, _, _, info, form, *samples = line.split("\t")
        info = dict(i.split("=", 1) for i in info.split(";") if "=" in i)
        contig, pos, alts = base_name(chrom), int(pos), alts.split(",")
        at = form.split(":").index("GT")
        for number, alt in enumerate(alts):
            allele = allele_of(pos, ref, alt, info, number, len(alts))
            if allele is None:
                continue
            spellings.append((dataset, assembly, contig, pos, ref, alt))
            for person, sample in zip(columns, samples):
                if person and str(number + 1) in re.split("[/|]", sample.split(":")[at]):
                    carriers[dataset, assembly, contig, allele].add(person)

# Only alleles with a carrier can be counted.
by_place = defaultdict(dict)  # (assembly, contig) -> allele -> dataset -> people
for (dataset, assembly, contig, allele), people in carriers.items():
    by_place[assembly, contig].setdefault(allele, {})[dataset] = people

# ---- queries ------------------------------------------------------------------------------------------------------------------------
IUPAC = {"A": "A", "C": "C", "G": "G", "T": "T", "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC", "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT"}


def fits(pattern, text):
    return len(pattern) == len(text) and all(t in IUPAC[p] for p, t in zip(pattern, text))


def expansions(pattern):
    return ["".join(x) for x in itertools.product(*(IUPAC[p] for p in pattern))]


def blur(text, chance):
    """Replaces some bases by IUPAC codes, few enough to list all sequences that match."""
    out, left = [], 3
    for base in text:
        codes = [c for c, bases in IUPAC.items() if base in bases and len(bases) > 1]
        if left and rng.random() < chance:
            out.append(rng.choice(codes))
            left -= 1
        else:
            out.append(base)
    return "".join(out)


def names(symbol, name):
    return symbol.upper() == name or symbol.upper().startswith(name + ":")


def copies(symbol):
    found = re.fullmatch(r"(?i)CN(\d+)", symbol)
    return int(found[1]) if found else None


def is_kind(kind, allele):
    _, _, ref, alt, _ = allele
    if alt.startswith("<"):
        s = alt[1:-1]
        loss = names(s, "DEL") or copies(s) in (0, 1)
        gain = names(s, "DUP") or (copies(s) or 0) >= 3
        return {
            "SNP": False, "MNP": False, "INDEL": False,
            "INS": names(s, "INS"), "INS:ME": names(s, "INS:ME"), "DEL": names(s, "DEL"), "DUP": names(s, "DUP"),
            "DUP:TANDEM": names(s, "DUP:TANDEM"), "INV": names(s, "INV"), "EFO:0030067": loss, "EFO:0030070": gain,
            "CNV": loss or gain or names(s, "CNV"), "EFO:0030068": copies(s) == 1, "EFO:0030069": copies(s) == 0,
            "EFO:0030071": copies(s) in (3, 4), "EFO:0030072": (copies(s) or 0) >= 5,
        }[kind]
    r, a = len(ref), len(alt)
    long_loss = a == 0 and r >= 50
    return {
        "SNP": r == a == 1, "MNP": r == a and r > 1, "INDEL": r != a, "INS": r == 0 and a > 0, "DEL": a == 0 and r > 0,
        "EFO:0030067": long_loss, "CNV": long_loss,
    }.get(kind, False)


KINDS = ["SNP", "MNP", "INDEL", "INS", "INS:ME", "DEL", "DUP", "DUP:TANDEM", "INV", "EFO:0030067", "EFO:0030070", "CNV", "EFO:0030068", "EFO:0030069", "EFO:0030071", "EFO:0030072"]


def length_of(allele):
    start, end, ref, alt, inserted = allele
    if alt.startswith("<"):
        return inserted if re.match("<INS[>:]", alt) else (end - start or None)
    return max(len(ref), len(alt))


def overlaps(allele, start, end):
    return allele[0] < end and max(allele[1], allele[0] + 1) > start


def with_one_base(start, reference, alternate, fit):
    """Whether some spelling of a pure insertion or deletion with one unchanged base, before or after it, matches."""
    before = any(trimmed(start - 1, b + reference, b + alternate) == (start, reference, alternate) and fit(b + reference, b + alternate) for b in "ACGT")
    return before or any(trimmed(start, reference + b, alternate + b) == (start, reference, alternate) and fit(reference + b, alternate + b) for b in "ACGT")


def kind_and_length(chance):
    """Parameters for a kind, for lengths, for both or for neither, and the tests that every matching allele passes."""
    parameters, tests = {}, []
    if rng.random() < chance:
        kind = rng.choice(KINDS)
        parameters["variantType"] = kind
        tests.append(lambda a: is_kind(kind, a))
    if rng.random() < 0.4:
        low, high = rng.choice([(1, 1), (2, 4), (1, None), (2, None), (50, None), (None, 49), (None, 3), (49, 51), (120, 400), (3, 60)])
        if low is not None:
            parameters["variantMinLength"] = low
        if high is not None:
            parameters["variantMaxLength"] = high
        tests.append(lambda a: length_of(a) is not None and (low or 0) <= length_of(a) <= (high if high is not None else 10**12))
    return parameters, tests


def restriction():
    """Parameters that restrict a range or bracket query, and a test for the matching alleles."""
    roll = rng.random()
    parameters, tests = kind_and_length(1 if roll < 0.45 else 0)
    if roll > 0.85:
        _, _, _, pos, ref, alt = rng.choice(spellings)
        if not alt.startswith("<") and len(ref) < 10:
            _, r, a = trimmed(pos - 1, ref, alt)
            spelt_alt, spelt_ref = rng.choice([(alt, ref), (a, r)])
            if rng.random() < 0.5 and spelt_alt:
                pattern = blur(spelt_alt, 0.2)
                parameters["alternateBases"] = pattern

                def admits(x):
                    start, _, xr, xa, _ = x
                    if xa.startswith("<"):
                        return False
                    if fits(pattern, xa):
                        return True
                    return xr == "" and with_one_base(start, xr, xa, lambda r, a: fits(pattern, a))

                tests.append(admits)
            elif spelt_ref:
                pattern = blur(spelt_ref, 0.2)
                parameters["referenceBases"] = pattern

                def admits(x):
                    start, _, xr, xa, _ = x
                    if xa.startswith("<"):
                        return False
                    if fits(pattern, xr):
                        return True
                    return xa == "" and with_one_base(start, xr, xa, lambda r, a: fits(pattern, r))

                tests.append(admits)
    return parameters, lambda a: all(t(a) for t in tests)


ACCESSIONS = {
    "GRCh38": {"1": "NC_000001.11", "X": "NC_000023.11", "Y": "NC_000024.10"},
    "GRCh37": {"1": "NC_000001.10", "X": "NC_000023.10", "Y": "NC_000024.9"},
}


def hgvs_question():
    """A name of a carried allele or of an interval. Positions in names are 1-based."""
    assembly, contig = rng.choice([place for place in by_place if place[1] in ACCESSIONS[place[0]]])
    start, end, ref, alt, inserted = rng.choice(list(by_place[assembly, contig]))
    if rng.random() < 0.05:
        start, end = start + 1, end + 1
    stretch = f"{start + 1}" if end - start == 1 else f"{start + 1}_{end}"
    exactly = (start, end)
    if alt.startswith("<"):
        name = rng.choice(["del", "dup", "inv"]) if end > start else "del"
        change = stretch + name if end > start else f"{start + 1}del"
        exactly = exactly if end > start else (start, start + 1)

        def test(a):
            if a[:2] != exactly:
                return False
            if a[3].startswith("<"):
                return names(a[3][1:-1], name.upper())
            return name == "del" and a[3] == ""
    elif ref and alt and len(ref) == len(alt) == 1:
        change, test = f"{start + 1}{ref}>{alt}", lambda a: a == (start, end, ref, alt, None)
    elif ref and alt:
        change, test = f"{stretch}delins{alt}", lambda a: a[:2] == exactly and a[3] == alt
    elif alt:
        change, test = f"{start}_{start + 1}ins{alt}", lambda a: a == (start, end, ref, alt, None)
    elif rng.random() < 0.5:
        change, test = f"{stretch}del{ref}", lambda a: a == (start, end, ref, alt, None)
    else:
        change, test = f"{stretch}del", lambda a: a[:2] == exactly and (a[3] == "" or names(a[3][1:-1], "DEL") and a[3].startswith("<"))
    return "hgvs", assembly, contig, {"genomicAlleleShortForm": f"{ACCESSIONS[assembly][contig]}:g.{change}"}, test


def gene_question():
    symbol = rng.choice(list(GENES))
    contig, start, end = GENES[symbol]
    extra, admits = restriction() if rng.random() < 0.6 else ({}, lambda a: True)
    return "gene", "GRCh38", contig, {"geneId": symbol, **extra}, lambda a: overlaps(a, start, end) and admits(a)


def id_of(assembly, contig, allele):
    start, end, ref, alt, inserted = allele
    if alt.startswith("<"):
        alt = f"({alt[1:-1]})" + (str(inserted) if inserted is not None else "")
    return f"{assembly}.{contig}.{start}.{end}.{ref or '-'}.{alt or '-'}"


def id_question():
    assembly, contig = rng.choice(list(by_place))
    allele = rng.choice(list(by_place[assembly, contig]))
    asked = allele
    if rng.random() < 0.1:
        asked = (allele[0] + 1, allele[1] + 1, *allele[2:])
    return "id", assembly, contig, {"id": id_of(assembly, contig, asked)}, lambda a: a == asked


def variant_question():
    roll = rng.random()
    if roll < 0.36:
        return hgvs_question() if roll < 0.14 else gene_question() if roll < 0.24 else id_question()
    _, assembly, contig, pos, ref, alt = rng.choice(spellings)
    form = rng.random()
    if form < 0.5 and not alt.startswith("<"):
        start, reference, alternate = pos - 1, ref, alt
        how = rng.random()
        if how < 0.3:
            start, reference, alternate = trimmed(start, reference, alternate)
        elif how < 0.55:
            left, right = rng.randint(0, 3), rng.randint(0, 3)
            before, behind = bases_at(contig, start - left, left), bases_at(contig, start + len(ref), right)
            start, reference, alternate = start - left, before + reference + behind, before + alternate + behind
        if rng.random() < 0.08:
            start += rng.choice([-1, 1])
        if rng.random() < 0.3:
            reference, alternate = blur(reference, 0.25), blur(alternate, 0.25)
        if rng.random() < 0.2 and alternate:
            parameters = {"start": start, "alternateBases": alternate}

            def test(a):
                s, _, r, x, _ = a
                if x.startswith("<"):
                    return False
                if s == start:
                    return fits(alternate, x)
                return r == "" and x != "" and 0 < s - start <= len(alternate) and fits(alternate[s - start :], x)

            return "sequence-any-reference", assembly, contig, parameters, test
        meant = {trimmed(start, r, a) for r in expansions(reference) for a in expansions(alternate) if r != a}
        parameters = {"start": start, "referenceBases": reference or "-", "alternateBases": alternate or "-"}
        extra, tests = kind_and_length(0.5) if rng.random() < 0.15 else ({}, [])
        kind = "sequence of a kind" if extra else "sequence"
        return kind, assembly, contig, {**parameters, **extra}, lambda a: (a[0], a[2], a[3]) in meant and all(t(a) for t in tests)
    if form < 0.78:
        start = max(0, pos - 1 - rng.choice([0, 1, 2, 10, 100, 900]))
        end = start + rng.choice([1, 2, 5, 60, 500, 3000, 9000])
        extra, admits = restriction() if rng.random() < 0.7 else ({}, lambda a: True)
        return "range", assembly, contig, {"start": start, "end": end, **extra}, lambda a: overlaps(a, start, end) and admits(a)
    low = max(0, pos - rng.choice([0, 1, 2, 50]))
    starts = (low, low + rng.choice([1, 2, 60, 800, 4000]))
    low = max(starts[0], pos + rng.choice([-1, 0, 1, 2, 49, 50, 100]))
    ends = (low, low + rng.choice([1, 2, 60, 900, 5000]))
    extra, admits = restriction() if rng.random() < 0.6 else ({}, lambda a: True)
    parameters = {"start": f"{starts[0]},{starts[1]}", "end": f"{ends[0]},{ends[1]}", **extra}
    return "bracket", assembly, contig, parameters, lambda a: starts[0] <= a[0] < starts[1] and ends[0] <= a[1] < ends[1] and admits(a)


def filters():
    chosen = []
    if rng.random() < 0.3:
        chosen += rng.sample(TERMS[:6], rng.choice([1, 1, 2]))
    if rng.random() < 0.15:
        chosen.append(rng.choice(["sex=female", "sex=male", "sex!female", "NCIT:C16576"]))
    return chosen


def matching(dataset, chosen):
    people = set(MEMBERS[dataset])
    for f in chosen:
        if f in TERMS:
            people &= {p for p in people if f in terms[dataset][p]}
        elif f in ("sex=female", "NCIT:C16576"):
            people = {p for p in people if SEX[p] == "female"}
        elif f == "sex=male":
            people = {p for p in people if SEX[p] == "male"}
        elif f == "sex!female":
            people = {p for p in people if SEX[p] in ("male", "other")}
    return people


CLAUSES = ["study-use", "third-party-domestic", "third-party-overseas", "commercial"]
NEEDED = {
    "domestic": {"study-use", "third-party-domestic"},
    "overseas": {"study-use", "third-party-overseas"},
    "registered": {"study-use", "third-party-overseas"},
    "public": set(CLAUSES),
}
holds = {}  # person -> clauses


def bucket(n):
    lower = 0
    for b in itertools.chain([1], (x * 10**e for e in range(9) for x in (3, 10))):
        if b <= n:
            lower = b
    return lower


def families(people):
    return len({FAMILY[p] for p in people})


def answer(caller, path, datasets, question, chosen):
    live = {d: {p for p in MEMBERS[d] if NEEDED[caller] <= holds.get(p, set())} for d in datasets}
    matched = {d: matching(d, chosen) & live[d] for d in datasets}
    exact = caller in ("domestic", "overseas")
    alleles, people, seen = 0, set(), set()
    # k applies to each dataset separately.
    numbers = {d: 0 for d in datasets}
    records = {d: [] for d in datasets}
    found = {d: set() for d in datasets}
    if question:
        _, assembly, contig, _, test = question
        for allele, of in by_place[assembly, contig].items():
            if not test(allele):
                continue
            visible = False
            for d in datasets:
                everybody = of.get(d, set()) & live[d]
                carrying = everybody & matched[d]
                if carrying and (exact or families(carrying) >= K):
                    visible = True
                    numbers[d] += 1
                    seen |= carrying
                    records[d].append((allele, [id_of(assembly, contig, allele), len(carrying)]))
                if everybody and (exact or families(everybody) >= K):
                    found[d] |= carrying
            alleles += visible
    else:
        found = matched
    for d in datasets:
        if exact or families(found[d]) >= K:
            people |= found[d]
            if path != "g_variants":
                numbers[d] = len(found[d])
    count = alleles if path == "g_variants" else len(people)
    expected = {"exists": count > 0}
    if caller != "public":
        # Without an approval a total states the largest dataset's number, not the union of several datasets.
        expected["count"] = count if exact else bucket(max(numbers.values()))
        expected["sets"] = {d: numbers[d] if exact else bucket(numbers[d]) for d in datasets}
    if path == "g_variants" and exact:
        expected["individuals"] = len(seen)
        order = lambda record: (*record[0][:4], -1 if record[0][4] is None else record[0][4])
        expected["records"] = {d: [record for _, record in sorted(of, key=order)] for d, of in records.items()}
    return expected


def listed(sets, include):
    """The numbers of the datasets whose result sets are requested."""
    wanted = {"HIT": lambda n: n > 0, "ALL": lambda n: True, "MISS": lambda n: n == 0, "NONE": lambda n: False}[include]
    return {d: n for d, n in sets.items() if wanted(n)}


def ask():
    path = "g_variants" if rng.random() < 0.55 else "individuals"
    question = variant_question() if path == "g_variants" or rng.random() < 0.85 else None
    chosen = filters() if question else filters() or [rng.choice(TERMS)]
    caller = rng.choice(["domestic", "domestic", "domestic", "overseas", "registered", "public"])
    datasets = rng.choice([["cancer"], ["rare-disease"], ["cancer", "rare-disease"]])
    kind, pairs, id = "people", {}, None
    if question:
        kind, assembly, contig, parameters, _ = question
        id = parameters.get("id")
        if kind == "hgvs" or id:
            pairs = {} if id or rng.random() < 0.5 else {"assemblyId": assembly}
        elif kind == "gene":
            pairs = {} if rng.random() < 0.3 else {"assemblyId": assembly}
        else:
            pairs = {"assemblyId": assembly, "referenceName": rng.choice([contig, "chr" + ("M" if contig == "MT" else contig)])}
        pairs |= {name: value for name, value in parameters.items() if name != "id"}
    if chosen:
        pairs["filters"] = ",".join(chosen)
    below = len(datasets) == 1 and rng.random() < 0.3 and not id
    if not below:
        pairs["datasets"] = ",".join(datasets)
    include = rng.choice(["HIT", "HIT", "ALL", "ALL", "MISS", "NONE"])
    if include != "HIT" or rng.random() < 0.5:
        pairs["includeResultsetResponses"] = include
    pairs["requestedGranularity"] = "count" if rng.random() < 0.9 or caller == "public" else "boolean"
    expected = answer(caller, path, datasets, question, chosen)
    records = expected.pop("records", None)
    if id:
        expected.pop("individuals", None)
    if records is not None and caller == "domestic" and rng.random() < 0.4:
        limit, skip = rng.choice([1, 3, 10, 50]), rng.choice([0, 0, 1, 2])
        pairs |= {"requestedGranularity": "record", "limit": limit, "skip": skip}
        kind += "+records"
        expected.pop("individuals", None)
        expected["records"] = {d: records[d][skip * limit : (skip + 1) * limit] for d in listed(expected["sets"], include)}
    if pairs["requestedGranularity"] == "boolean":
        expected = {"exists": expected["exists"]}
    if "sets" in expected:
        expected["sets"] = listed(expected["sets"], include)
    where = f"datasets/{datasets[0]}/{path}" if below else path
    if id:
        where = f"g_variants/{quote(id)}" + ("" if path == "g_variants" else f"/{path}")
    text = "&".join(f"{k}={quote(str(v), safe=',:-')}" for k, v in pairs.items())
    return {"path": f"{where}?{text}", "caller": caller, "kind": kind + ("+filters" if chosen else ""), "expected": expected}


rounds = []
per_round = -(-asked["questions"] // asked["rounds"])
for number in range(asked["rounds"]):
    lines = []
    day = f"2026-{5 + number // 25:02}-{1 + number % 25:02}"
    for person in PEOPLE:
        roll = rng.random()
        if number == 0:
            if roll < 0.85:
                lines.append(f"{person},unified-1,given,all,2026-04-01")
                holds[person] = set(CLAUSES)
            elif roll < 0.95:
                given = {"study-use", *rng.sample(CLAUSES[1:], rng.randint(0, 2))}
                lines.append(f"{person},unified-1,given,{';'.join(sorted(given))},2026-04-01")
                holds[person] = given
        elif roll < 0.03:
            lines.append(f"{person},unified-1,withdrawn,,{day}") if person in holds else None
            holds[person] = set()
        elif roll < 0.08 and person in holds:
            taken = rng.sample(CLAUSES[1:], rng.randint(1, 2))
            lines.append(f"{person},unified-1,withdrawn,{';'.join(taken)},{day}")
            holds[person] -= set(taken)
        elif roll < 0.16 and holds.get(person, set()) != set(CLAUSES):
            lines.append(f"{person},unified-1,given,all,{day}")
            holds[person] = set(CLAUSES)
    rounds.append({"consents": lines, "questions": [ask() for _ in range(per_round)]})

json.dump({"people": PEOPLE, "genes": genes, "rounds": rounds, "files": len(files), "alleles": sum(len(a) for a in by_place.values())}, sys.stdout)
