"""The number of people with each HPO term, counted from the packets and the ontology by brute force.

Standard input: {"packets": tar.gz, "ontology": hp.obo, "questions": n, "seed": n}
Standard output: [{term, withDescendants, termAlone}], half of the terms from packets, half of them ancestors.
"""
import json, random, sys, tarfile
from collections import defaultdict

asked = json.load(sys.stdin)
rng = random.Random(asked["seed"])

parents, alternatives, replaced, obsolete, order = defaultdict(set), defaultdict(set), {}, set(), []
with open(asked["ontology"], encoding="utf-8") as text:
    term = None
    for line in map(str.strip, text):
        if line.startswith("["):
            term = "" if line == "[Term]" else None
        elif term is None:
            continue
        elif line.startswith("id: "):
            term = line[4:].split(" ")[0]
            order.append(term)
        elif line.startswith("is_a: "):
            parents[term].add(line[6:].split(" ")[0])
        elif line.startswith("alt_id: "):
            alternatives[term].add(line[8:].split(" ")[0])
        elif line.startswith("replaced_by: "):
            replaced[term] = line[13:].split(" ")[0]
        elif line == "is_obsolete: true":
            obsolete.add(term)

meaning = {term: term for term in order}
for term in order:
    for other in alternatives[term]:
        if other not in meaning or (other in obsolete and other not in replaced):
            meaning[other] = term
for term in obsolete:
    now, seen = term, set()
    while now in replaced and now not in seen:
        seen.add(now)
        now = replaced[now]
    meaning[term] = now if now in meaning else term


def ancestors(term):
    found, open_ = set(), [term]
    while open_:
        one = open_.pop()
        if one not in found:
            found.add(one)
            open_.extend(parents[one])
    return found


has = defaultdict(set)  # current term -> people with the term
with tarfile.open(asked["packets"]) as archive:
    for member in archive:
        if member.name.endswith(".json"):
            packet = json.load(archive.extractfile(member))
            for feature in packet.get("phenotypicFeatures", []):
                if not feature.get("excluded", False):
                    code = feature["type"]["id"]
                    has[meaning.get(code, code)].add(packet["id"])

under = defaultdict(set)
for term, people in has.items():
    for above in ancestors(term):
        under[above] |= people

used = rng.sample(sorted(has), asked["questions"] // 2)
above = rng.sample(sorted(set(under) - set(has)), asked["questions"] - len(used) - 2) + ["HP:0000118", "HP:0000707"]
json.dump([dict(term=t, withDescendants=len(under[t]), termAlone=len(has.get(t, ()))) for t in used + above], sys.stdout)
