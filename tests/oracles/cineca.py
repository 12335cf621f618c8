"""Writes the synthetic cohort CINECA UK1 as the files of an institution, and makes queries with the answers counted from its JSON.

The cohort has 2,504 synthetic people (CC-BY; produced by the CINECA project, EC H2020 grant 825775).

Standard input: {"source": folder of the cohort's JSON, "folder": the folder for the files, "seed", "questions"}
Standard output: {"people": [...], "sheet": path, "packets": folder, "questions": [{"path", "expected": {"exists", "count"}}], "as_stated": [...], "frequencies": [...]}
`as_stated` are the cohort's own HGVS names. Their positions are one too low in all records, so none of them is an allele of the cohort.
"""
import csv, json, os, random, subprocess, sys
from urllib.parse import quote

asked = json.load(sys.stdin)
rng = random.Random(asked["seed"])
source, folder = asked["source"], asked["folder"]


def read(name):
    with open(os.path.join(source, name + ".json")) as file:
        return json.load(file)


individuals = {p["id"]: p for p in read("individuals")}
columns = read("targets")[0]["biosampleIds"]
calls = {of["id"]: {columns[int(k)]: v for k, v in of.items() if k.isdigit()} for of in read("caseLevelData")}

# ---- files --------------------------------------------------------------------------------------------------------------------------
alleles = []  # (0-based start, reference, alternate, person -> copies)
for of in read("genomicVariations"):
    variation, name = of["variation"], of["identifiers"]["genomicHGVSId"]
    start = variation["location"]["interval"]["start"]["value"]
    alleles.append((start, variation["referenceBases"], variation["alternateBases"], {p: gt.count("1") for p, gt in calls[name].items()}, calls[name], name))
alleles.sort(key=lambda allele: allele[:3])

lines = ["##fileformat=VCFv4.3", "##contig=<ID=chr22,length=50818468>", '##FORMAT=<ID=GT,Number=1,Type=String,Description="x">']
lines.append("\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *columns]))
for start, reference, alternate, _, called, _ in alleles:
    genotypes = ["|".join(called.get(person, "00")) for person in columns]
    lines.append("\t".join(["chr22", str(start + 1), ".", reference, alternate, "50", "PASS", ".", "GT", *genotypes]))
joint = os.path.join(folder, "cineca.bcf")
subprocess.run(["bcftools", "view", "--no-version", "-Ob", "-o", joint, "-"], input="\n".join(lines).encode() + b"\n", check=True, stderr=subprocess.DEVNULL)
samples = os.path.join(folder, "cineca-samples.csv")
with open(samples, "w", newline="") as out:
    writer = csv.writer(out)
    writer.writerow(["sample", "participant", "specimen", "family", "sex"])
    # Each person is a separate family, because the cohort contains no families.
    writer.writerows([person, person, f"{person}-S", f"F-{person}", individuals[person]["sex"]["label"]] for person in columns)
sheet = os.path.join(folder, "cineca.csv")
with open(sheet, "w", newline="") as out:
    csv.writer(out).writerows(
        [
            ["dataset", "participant", "specimen", "family", "sex", "assembly", "path", "samples_path"],
            ["cancer", "", "", "", "", "GRCh38", joint, samples],
        ]
    )
packets = os.path.join(folder, "cineca-packets")
os.makedirs(packets)
RESOURCES = [("ICD10", "icd10")]
for person, of in individuals.items():
    packet = {
        "id": person,
        "subject": {"id": person, "sex": of["sex"]["label"].upper()},
        "diseases": [{"term": d["diseaseCode"]} for d in of.get("diseases", [])],
        "metaData": {"created": "2026-04-01T00:00:00Z", "createdBy": "gemj-tests", "phenopacketSchemaVersion": "2.0",
                     "resources": [{"id": i, "name": p, "url": "https://example.org", "version": "1", "namespacePrefix": p, "iriPrefix": "x"} for p, i in RESOURCES]},
    }
    with open(os.path.join(packets, person + ".json"), "w") as out:
        json.dump(packet, out)

# ---- queries and their answers ------------------------------------------------------------------------------------------------------
diseases = {p: {d["diseaseCode"]["id"] for d in of.get("diseases", [])} for p, of in individuals.items()}
CODES = sorted({code for of in diseases.values() for code in of})


def filters():
    """Some filters and the people who match all of them."""
    chosen, people = [], set(individuals)
    if rng.random() < 0.5:
        code = rng.choice(CODES)
        chosen.append(code)
        people &= {p for p in people if code in diseases[p]}
    if rng.random() < 0.5:
        sex = rng.choice(["male", "female"])
        chosen.append(f"sex={sex}")
        people &= {p for p in people if individuals[p]["sex"]["label"] == sex}
    return chosen, people


def variants():
    """Beacon parameters and a test for the matching alleles."""
    start, reference, alternate = rng.choice(alleles)[:3]
    if rng.random() < 0.5:
        return {"start": start, "referenceBases": reference, "alternateBases": alternate}, lambda a: a[:3] == (start, reference, alternate)
    low = max(0, start - rng.choice([0, 1, 50, 1_000, 20_000]))
    high = low + rng.choice([1, 10, 100, 5_000, 100_000])

    def overlaps(allele):
        first, r, a = allele[:3]
        # The deleted bases begin after the anchor base. An insertion counts as the base that follows it.
        if len(r) != len(a):
            first, r = first + 1, r[1:]
        return first < high and max(first + len(r), first + 1) > low

    return {"start": low, "end": high}, overlaps


questions = []
for _ in range(asked["questions"]):
    chosen, people = filters()
    path = rng.choice(["individuals", "g_variants"])
    parameters = {}
    if path == "g_variants" or rng.random() < 0.6:
        parameters, meant = variants()
        found = [a for a in alleles if meant(a)]
        carrying = {p for a in found for p in a[3]} & people
        count = sum(1 for a in found if set(a[3]) & people) if path == "g_variants" else len(carrying)
        parameters = {"assemblyId": "GRCh38", "referenceName": "22", **parameters}
    elif chosen:
        count = len(people)
    else:
        continue
    if chosen:
        parameters["filters"] = quote(",".join(chosen))
    text = "&".join(f"{k}={v}" for k, v in parameters.items())
    questions.append({"path": f"{path}?{text}", "expected": {"exists": count > 0, "numTotalResults": count}})

spelt = {(start, r, a) for start, r, a, *_ in alleles}
wrong = [name for start, r, a, _, _, name in alleles if len(r) == len(a) == 1 and (start - 1, r, a) not in spelt]
carried = [a for a in alleles if a[3]]
frequencies = [{"start": a[0], "referenceBases": a[1], "alternateBases": a[2], "copies": sum(a[3].values()), "people": len(a[3])} for a in rng.sample(carried, 40)]
json.dump({"people": columns, "sheet": sheet, "packets": packets, "questions": questions, "as_stated": rng.sample(wrong, 40), "frequencies": frequencies}, sys.stdout)
