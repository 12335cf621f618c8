"""Recounts the carriers of each allele from the output of `bcftools query -f '%CHROM\t%POS\t%REF\t%ALT[\t%GT]\n'` on standard input.

Prints contig, start (0-based), end, reference, alternate and column:zygosity pairs, one allele a line. Shares no code with the index.
"""
import re
import sys

RANK = {"het": 0, "hem": 1, "hom": 2}
table = {}
for line in sys.stdin:
    chrom, pos, ref, alts, *genotypes = line.rstrip("\n").split("\t")
    name = re.sub(r"^chr(?=([1-9]|1\d|2[0-2]|X|Y|M)$)", "", chrom)
    name = "MT" if name == "M" else name
    for number, alt in enumerate(alts.split(","), start=1):
        if not re.fullmatch("[ACGTN]+", alt) or not re.fullmatch("[ACGTN]+", ref):
            continue
        r, a, start = ref, alt, int(pos) - 1
        while r and a and r[-1] == a[-1]:
            r, a = r[:-1], a[:-1]
        while r and a and r[0] == a[0]:
            r, a, start = r[1:], a[1:], start + 1
        for column, genotype in enumerate(genotypes):
            calls = re.split("[/|]", genotype)
            copies = calls.count(str(number))
            if copies == 0:
                continue
            how = "het" if copies < len(calls) else "hem" if copies == 1 else "hom"
            people = table.setdefault((name, start, start + len(r), r, a), {})
            if column not in people or RANK[how] > RANK[people[column]]:
                people[column] = how
for (name, start, end, r, a), people in sorted(table.items()):
    carriers = ",".join(f"{column}:{how}" for column, how in sorted(people.items()))
    print(name, start, end, r or "-", a or "-", carriers, sep="\t")
