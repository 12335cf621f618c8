"""Makes case reports with names of alleles, and recounts the answers to queries by name from the packets by brute force.

Standard input: {"folder": path, "seed": number}. The files of variants, the sheet, the packets and the gene model are written to the folder.
Standard output: {"genes": path, "sheet": path, "rounds": [{"consents": csv lines, "questions": [{"path", "caller", "expected"}]}]}.
`expected` is {"refused": true} for a query that the dataset cannot answer, else {"exists", "people", "variants", "records"}.
`records` contains the conclusions of the reports for each variant id.
"""

import csv
import json
import os
import random
import subprocess
import sys
from urllib.parse import quote

asked = json.load(sys.stdin)
folder, rng = asked["folder"], random.Random(asked["seed"])
K = 10
PEOPLE = [f"RPN-{n:02}" for n in range(1, 19)]
ONLY_NR = PEOPLE[16]  # Only this person's report has a name of this kind. This person consents last.

# Gene: names, contig, 1-based first and last base.
GENES = {
    "BRAF": (["BRAF", "HGNC:1097", "NCBIGene:673", "ENSG00000157764"], "7", 140_719_327, 140_924_929),
    "KRAS": (["KRAS", "HGNC:6407", "NCBIGene:3845", "ENSG00000133703"], "12", 25_205_246, 25_250_936),
}

# Alleles: contig, POS, REF, ALT, id, gene, the names of the allele as (sequence, change, spellings of the change), and the number of carriers among ten people.
ALLELES = {
    "V600E": ("7", 140_753_336, "A", "T", "GRCh38.7.140753335.140753336.A.T", "BRAF", [
        ("NM_004333.6", "c.1799T>A", ["c.1799T>A", "c.1799t>a"]),
        ("NP_004324.2", "p.V600E", ["p.Val600Glu", "p.(Val600Glu)", "p.V600E"])], 9),
    "V600M": ("7", 140_753_337, "C", "T", "GRCh38.7.140753336.140753337.C.T", "BRAF", [
        ("NM_004333.6", "c.1798G>A", ["c.1798G>A"]),
        ("NP_004324.2", "p.V600M", ["p.Val600Met", "p.(Val600Met)", "p.V600M"])], 3),
    "R97X": ("7", 140_750_000, "C", "T", "GRCh38.7.140749999.140750000.C.T", "BRAF", [
        ("NM_004333.4", "c.289C>T", ["c.289C>T"]),
        ("NP_004324.2", "p.R97*", ["p.Arg97Ter", "p.(Arg97*)", "p.R97*", "p.Arg97*"])], 5),
    # The same change on a protein of another gene.
    "K-V600E": ("12", 25_220_000, "A", "G", "GRCh38.12.25219999.25220000.A.G", "KRAS", [
        ("NP_004976.2", "p.V600E", ["p.Val600Glu", "p.V600E"])], 4),
    "G12D": ("12", 25_245_350, "C", "T", "GRCh38.12.25245349.25245350.C.T", "KRAS", [
        ("NM_004985.5", "c.35G>A", ["c.35G>A"]),
        ("NP_004976.2", "p.G12D", ["p.Gly12Asp", "p.(Gly12Asp)", "p.G12D"])], 9),
    "35del": ("12", 25_245_349, "AC", "A", "GRCh38.12.25245349.25245350.C.-", "KRAS", [
        ("NM_004985.5", "c.35del", ["c.35del", "c.35delG"]),
        ("NP_004976.2", "p.G12fs", ["p.Gly12fs", "p.Gly12AlafsTer4", "p.(Gly12Alafs*4)"])], 2),
    # An allele outside its gene: it lies before the range of the gene that reports state for it. It has no name.
    "far": ("7", 140_600_000, "G", "C", "GRCh38.7.140599999.140600000.G.C", "BRAF", [], 6),
    "NR": ("7", 140_800_000, "G", "C", "GRCh38.7.140799999.140800000.G.C", "BRAF", [("NR_148928.2", "n.5A>G", ["n.5A>G"])], 0),
}
CLASSES = {"BENIGN": "benign", "LIKELY_BENIGN": "likely benign", "UNCERTAIN_SIGNIFICANCE": "uncertain significance",
           "LIKELY_PATHOGENIC": "likely pathogenic", "PATHOGENIC": "pathogenic", "NOT_PROVIDED": None}
# Every spelling of a change, with the spelling that is compared.
SPELLINGS = {spelling: change for allele in ALLELES.values() for _, change, all in allele[6] for spelling in all}


def context(gene):
    symbol, hgnc, ncbi, _ = GENES[gene][0]
    return rng.choice([None, None, {"symbol": symbol}, {"valueId": hgnc, "symbol": symbol.lower()}, {"valueId": ncbi, "symbol": ""}])


def expressions(names, gene):
    made = []
    for sequence, _, spellings in names:
        if rng.random() < 0.25:
            continue
        change = rng.choice(spellings)
        on = rng.choice([sequence, sequence, f"{sequence}({gene})", gene, None])
        made.append({"syntax": "hgvs." + change[0], "value": f"{on}:{change}" if on else change})
    return made


# ---- the data ----------------------------------------------------------------------------------------------------------------------
files, packets = {}, {}
for person in PEOPLE:
    called, findings = [], []
    for allele in ALLELES:
        contig, pos, ref, alt, _, gene, names, tenths = ALLELES[allele]
        has = person == ONLY_NR if allele == "NR" else rng.random() < tenths / 10
        if not has:
            continue
        in_report = allele == "NR" or rng.random() < 0.85
        if not in_report or rng.random() < 0.5:
            called.append(allele)
        if in_report:
            told = expressions(names, gene) or ([{"syntax": "hgvs.n", "value": "NR_148928.2:n.5A>G"}] if allele == "NR" else [])
            descriptor = {"id": f"{person}-{allele}", "expressions": told,
                          "vcfRecord": {"genomeAssembly": "GRCh38", "chrom": rng.choice(["chr", ""]) + contig, "pos": pos, "ref": ref, "alt": alt},
                          "allelicState": {"id": "GENO:0000135", "label": "heterozygous"}}
            stated = context(gene)
            if allele == "far" and not stated:
                stated = {"symbol": gene}
            if stated:
                descriptor["geneContext"] = stated
            if rng.random() < 0.05 and allele != "NR":
                # A name without a position finds no person.
                del descriptor["vcfRecord"]
            findings.append({"id": f"{person}-{allele}", "progressStatus": rng.choice(["SOLVED", "UNSOLVED", "IN_PROGRESS", "COMPLETED"]),
                             "diagnosis": {"disease": {"id": rng.choice(["OMIM:114500", "OMIM:115150"]), "label": "x"},
                                           "genomicInterpretations": [{
                                               "subjectOrBiosampleId": person,
                                               "interpretationStatus": rng.choice(["CAUSATIVE", "CONTRIBUTORY", "CANDIDATE", "REJECTED"]),
                                               "variantInterpretation": {"acmgPathogenicityClassification": rng.choice(list(CLASSES)),
                                                                         "variationDescriptor": descriptor}}]}})
    files[person] = called
    packets[person] = {"id": person, "subject": {"id": person, "sex": "UNKNOWN_SEX"}, "interpretations": findings,
                       "metaData": {"created": "2026-04-01T00:00:00Z", "createdBy": "gemj-tests", "phenopacketSchemaVersion": "2.0",
                                    "resources": [{"id": "omim", "name": "OMIM", "url": "https://omim.org", "version": "1", "namespacePrefix": "OMIM", "iriPrefix": "x"}]}}

os.makedirs(os.path.join(folder, "packets"))
sheet = [["dataset", "participant", "specimen", "family", "sex", "assembly", "path"]]
for number, person in enumerate(PEOPLE):
    lines = ["##fileformat=VCFv4.3", "##contig=<ID=chr1,length=248956422>", "##contig=<ID=chr7,length=159345973>", "##contig=<ID=chr12,length=133275309>",
             '##FORMAT=<ID=GT,Number=1,Type=String,Description="x">', "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t" + person]
    # Each person has a private allele, so that no two files have the same genotypes.
    rows = [("1", 1000 + 10 * number, "G", "C")] + [ALLELES[allele][:4] for allele in files[person]]
    for contig, pos, ref, alt in sorted(rows, key=lambda row: (int(row[0]), row[1])):
        lines.append(f"chr{contig}\t{pos}\t.\t{ref}\t{alt}\t50\tPASS\t.\tGT\t0/1")
    path = os.path.join(folder, person + ".vcf.gz")
    subprocess.run(["bcftools", "view", "--no-version", "-Oz", "-o", path, "-"], input="\n".join(lines).encode() + b"\n", check=True, stderr=subprocess.DEVNULL)
    sheet.append(["cancer", person, person + "-S", person, "unknown", "GRCh38", path])
    with open(os.path.join(folder, "packets", person + ".json"), "w") as out:
        json.dump(packets[person], out)
with open(os.path.join(folder, "sheet.csv"), "w", newline="") as out:
    csv.writer(out).writerows(sheet)
with open(os.path.join(folder, "genes.gff3"), "w") as out:
    out.write("##gff-version 3\n")
    for symbol, (names, contig, first, last) in GENES.items():
        out.write(f"chr{contig}\tx\tgene\t{first}\t{last}\t.\t+\t.\tID={symbol};gene_id={names[3]}.7;gene_name={symbol};hgnc_id={names[1]};"
                  f"Dbxref=GeneID:{names[2].split(':')[1]}\n")


# ---- the recount: packet by packet --------------------------------------------------------------------------------------------------
def findings_of(person):
    """Each finding with a position: the allele's id, its names as (sequence or None, change, genes), and the conclusions."""
    for interpretation in packets[person]["interpretations"]:
        finding = interpretation["diagnosis"]["genomicInterpretations"][0]
        variant = finding["variantInterpretation"]
        descriptor = variant["variationDescriptor"]
        record = descriptor.get("vcfRecord")
        if record is None:
            continue
        place = (record["chrom"].removeprefix("chr"), record["pos"], record["ref"], record["alt"])
        id = next(allele[4] for allele in ALLELES.values() if allele[:4] == place)
        stated = {name.upper() for name in descriptor.get("geneContext", {}).values() if name}
        names = []
        for expression in descriptor["expressions"]:
            on, _, change = expression["value"].rpartition(":")
            sequence, _, beside = on.partition("(")
            genes = stated or ({beside.rstrip(")")} if beside else set())
            if sequence in GENES:
                sequence, genes = "", stated or {sequence}
            names.append((sequence or None, SPELLINGS[change], genes))
        conclusion = (interpretation["diagnosis"]["disease"]["id"], CLASSES[variant["acmgPathogenicityClassification"]],
                      finding["interpretationStatus"], interpretation["progressStatus"])
        yield id, names, stated, conclusion


BY_ID = {allele[4]: allele for allele in ALLELES.values()}


def lies_in(id, gene):
    _, contig, first, last = GENES[gene]
    on, pos, ref, alt = BY_ID[id][:4]
    return on == contig and first <= pos + (len(ref) > len(alt)) <= last


def is_of(id, genes, gene):
    """Whether a name belongs to a gene: the name states the gene, or it states no gene and the allele is in the gene."""
    return bool(genes & {name.upper() for name in GENES[gene][0]}) if genes else lies_in(id, gene)


def recount(covered, k, question):
    carriers, namers = {}, {}
    with_names = set()
    for person in covered:
        for allele in files[person]:
            carriers.setdefault(ALLELES[allele][4], set()).add(person)
        for id, names, stated, _ in findings_of(person):
            carriers.setdefault(id, set()).add(person)
            if any(change[:2] == question.get("change", "")[:2] for _, change, _ in names):
                with_names.add(person)
            if "change" in question:
                fits = any(change == question["change"]
                           and ("gene" not in question or is_of(id, genes, question["gene"]))
                           and ("sequence" not in question or (sequence or "") == question["sequence"]
                                or "." not in question["sequence"] and (sequence or "").split(".")[0] == question["sequence"])
                           for sequence, change, genes in names)
            else:
                of_names = set().union(*[genes for _, _, genes in names]) if names else set()
                fits = bool((stated | of_names) & {name.upper() for name in GENES[question["gene"]][0]})
            if fits:
                namers.setdefault(id, set()).add(person)
    found = {id for id, people in namers.items() if len(people) >= k}
    if "change" not in question:
        found |= {id for id, people in carriers.items() if len(people) >= k and lies_in(id, question["gene"])}
    elif len(with_names) < k:
        return {"refused": True}
    people = set().union(*[carriers[id] for id in found]) if found else set()
    return {"exists": bool(found), "people": len(people), "variants": len(found), "records": {id: conclusions(id, covered) for id in found}}


def conclusions(id, covered):
    """The conclusions about a variant in the reports of covered people, if they state a class."""
    all = [conclusion for person in covered for at, _, _, conclusion in findings_of(person) if at == id and conclusion[1] is not None]
    return sorted(list(conclusion) for conclusion in all)


# ---- the queries --------------------------------------------------------------------------------------------------------------------
def questions():
    """The path and the meaning of every query."""
    for _, _, _, _, _, gene, names, _ in ALLELES.values():
        for sequence, change, spellings in names:
            spelling = quote(rng.choice(spellings))
            versionless = sequence.split(".")[0]
            for on in (sequence, versionless, versionless + ".1"):
                yield f"genomicAlleleShortForm={on}:{spelling}", {"sequence": on, "change": change}
            for other in GENES:
                yield f"genomicAlleleShortForm={other}:{spelling}", {"gene": other, "change": change}
            if change.startswith("p.") and "fs" not in change:
                yield f"aminoacidChange={spelling}", {"change": change}
                yield f"aminoacidChange={spelling}&geneId={rng.choice(GENES[gene][0])}", {"gene": gene, "change": change}
    yield "aminoacidChange=W1W", {"change": "p.W1="}
    yield "aminoacidChange=W1K&geneId=BRAF", {"gene": "BRAF", "change": "p.W1K"}
    for gene, (names, *_) in GENES.items():
        for name in names:
            yield f"geneId={name}", {"gene": gene}


def round_of(consents, covered):
    made = []
    for path, question in questions():
        made.append({"path": path, "caller": "approved", "expected": recount(covered, 1, question)})
        # Below the controlled tier a change without a gene or a sequence is refused, whatever the data contains.
        if "gene" in question or "sequence" in question:
            made.append({"path": path, "caller": "public", "expected": recount(covered, K, question)})
    return {"consents": consents, "questions": made}


def agree(people):
    return [f"{person},unified-1,given,all,2026-04-01" for person in people]


first, later = PEOPLE[:8], PEOPLE[8:16]
rounds = [
    round_of([], []),
    round_of(agree(first), first),
    round_of(agree(later), first + later),
    round_of([f"{person},unified-1,withdrawn,,2026-06-01" for person in PEOPLE[3:6]], PEOPLE[:3] + PEOPLE[6:16]),
    round_of(agree([ONLY_NR]), PEOPLE[:3] + PEOPLE[6:17]),
]
json.dump({"genes": os.path.join(folder, "genes.gff3"), "sheet": os.path.join(folder, "sheet.csv"), "rounds": rounds}, sys.stdout)
