"""Computes the answers to the public and to registered callers before and after one withdrawal, from the text of the policy.

Standard input: {"people": {person: {"terms": [...], "alleles": [...], "sex": s}}, "leaver": person, "k": k}
Standard output: {"before": answers, "after": answers, "at_k": [...]} with answers {"question": {"exists": b, "bucket": n}}. A question is
`term`, `term+term`, `sex+term` or an allele. `at_k` are the questions that exactly k families match before, the leaver included. `edges` are
the questions whose bucket changes. Each person is a family of one.
"""
import itertools, json, sys

asked = json.load(sys.stdin)
k, leaver = asked["k"], asked["leaver"]


def bucket(n):
    lower = 0
    for b in itertools.chain([1], (x * 10 ** e for e in range(0, 9) for x in (3, 10))):
        if b <= n:
            lower = b
    return lower


def matches(people):
    terms = sorted({t for p in people.values() for t in p["terms"]} | {t for t in asked["all_terms"]})
    alleles = asked["all_alleles"]
    found = {t: {n for n, p in people.items() if t in p["terms"]} for t in terms}
    for a, b in itertools.combinations(terms[:8], 2):
        found[f"{a}+{b}"] = found[a] & found[b]
    for sex, term in itertools.product(("female", "male"), terms):
        found[f"{sex}+{term}"] = {n for n in found[term] if people[n]["sex"] == sex}
    for allele in alleles:
        found[allele] = {n for n, p in people.items() if allele in p["alleles"]}
    return found


def answers(found):
    told = {}
    for question, people in found.items():
        seen = len(people) if len(people) >= k else 0
        told[question] = {"exists": seen > 0, "bucket": bucket(seen)}
    return told


before = matches(asked["people"])
after = matches({n: p for n, p in asked["people"].items() if n != leaver})
at_k = [q for q, people in before.items() if len(people) == k and leaver in people]
edges = [q for q, people in before.items() if len(people) >= k and leaver in people and bucket(len(people)) != bucket(len(people) - 1)]
json.dump({"before": answers(before), "after": answers(after), "at_k": sorted(at_k), "edges": sorted(edges)}, sys.stdout)
