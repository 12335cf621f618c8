"""Prints the names of alleles in an annotated VCF (standard input), one in each line: contig, 0-based start, trimmed alleles, change, gene, sequence."""
import re
import sys

layout, snpeff = None, False
for line in sys.stdin:
    line = line.rstrip("\n")
    if line.startswith("##INFO=<ID=CSQ"):
        layout = line.split("Format: ")[1].split('"')[0].split("|")
    elif line.startswith("##INFO=<ID=ANN"):
        snpeff = True
    if line.startswith("#"):
        continue
    chrom, pos, _, ref, alts, _, _, info, _, *samples = line.split("\t")
    alts = alts.split(",")
    carried = {int(n) for s in samples for n in s.split("/") if n != "."}
    field = [f.split("=", 1)[1] for f in info.split(";") if f[:4] in ("CSQ=", "ANN=")]
    spelt = [a for a in alts if a != "*"]
    cut = not snpeff and any(len(a) != len(ref) for a in spelt) and all(a[0] == ref[0] for a in spelt)
    for entry in field[0].split(",") if field else []:
        c = entry.split("|")
        if snpeff:
            name, terms, gene, sequence_c, coding, sequence_p, protein = c[0], c[1], c[3], c[6], c[9], c[6], c[10]
        else:
            d = dict(zip(layout, c))
            name, terms, gene = d["Allele"], d["Consequence"], d["SYMBOL"]
            sequence_c, _, coding = d["HGVSc"].partition(":")
            sequence_p, _, protein = d["HGVSp"].partition(":")
        for number, alt in enumerate(alts, 1):
            if number not in carried or alt == "*":
                continue
            if name != ((alt[1:] or "-") if cut else alt):
                continue
            if not protein and not re.search("splice_(donor|acceptor)_variant", terms):
                continue
            r, a, start = ref, alt, int(pos) - 1
            while r and a and r[-1] == a[-1]:
                r, a = r[:-1], a[:-1]
            while r and a and r[0] == a[0]:
                r, a, start = r[1:], a[1:], start + 1
            place = f"{chrom} {start} [{r}] [{a}]"
            if protein:
                p = protein.replace("%3D", "=").replace("*", "Ter")
                p = re.sub(r"^(p\.[A-Z][a-z]{2}\d+).*fs.*$", r"\1fs", p)
                p = re.sub(r"^p\.([A-Z][a-z]{2})(\d+)\1$", r"p.\1\2=", p)
                print(f"{place} {p} [{gene}] {sequence_p}")
            print(f"{place} {coding} [{gene}] {sequence_c}")
