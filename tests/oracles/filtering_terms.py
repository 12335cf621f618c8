"""The terms that packets state as present, and the number of people with each term.

Standard input: {"packets": tar.gz, "ontology": hp.obo or null}
Standard output: {term: people}; a term of the ontology is listed under its current id. An id that is absent from the ontology stays as it is.
"""
import json, sys, tarfile
from collections import defaultdict

asked = json.load(sys.stdin)
meaning = {}
if asked["ontology"]:
    terms, other, replaced, obsolete, now = [], defaultdict(set), {}, set(), None
    for line in open(asked["ontology"], encoding="utf-8"):
        line = line.strip()
        if line.startswith("["):
            now = "" if line == "[Term]" else None
        elif now is None:
            pass
        elif line.startswith("id: "):
            now = line[4:].split(" ")[0]
            terms.append(now)
        elif line.startswith("alt_id: "):
            other[now].add(line[8:].split(" ")[0])
        elif line.startswith("replaced_by: "):
            replaced[now] = line[13:].split(" ")[0]
        elif line == "is_obsolete: true":
            obsolete.add(now)
    meaning = {t: t for t in terms if t.startswith("HP:")}
    for term in list(meaning):
        for alias in other[term]:
            meaning.setdefault(alias, term)
    for term in obsolete & set(meaning):
        if replaced.get(term) in meaning:
            meaning[term] = replaced[term]

has = defaultdict(set)
with tarfile.open(asked["packets"]) as archive:
    for member in archive:
        if member.name.endswith(".json"):
            packet = json.load(archive.extractfile(member))
            codes = [f["type"]["id"] for f in packet.get("phenotypicFeatures", []) if not f.get("excluded", False)]
            codes += [d["term"]["id"] for d in packet.get("diseases", []) if not d.get("excluded", False)]
            sex = {"FEMALE": "NCIT:C16576", "MALE": "NCIT:C20197"}.get(packet.get("subject", {}).get("sex"))
            for code in codes + ([sex] if sex else []):
                if code.startswith("HP:") and meaning:
                    code = meaning.get(code, code)
                if code:
                    has[code].add(packet["id"])
json.dump({term: len(people) for term, people in has.items()}, sys.stdout)
