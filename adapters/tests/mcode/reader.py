"""Reads a Bundle of mCODE with Python's own JSON reader, and prints what must become of each resource.

The output has, for each patient's number, the statements of its Conditions, Observations and Specimens; for each rule, what is left out; and for each type of
the other resources, the ids of the resources that must never give `present` (orders, things that were not done, histories of relatives).
"""

import json
import pathlib
import sys

PREFIXES = [
    ("http://hl7.org/fhir/sid/icd-10-cm", "ICD10CM"),
    ("http://loinc.org", "LOINC"),
    ("http://snomed.info/sct", "SNOMEDCT"),
]
VERIFIED = {"provisional": "Suspected", "refuted": "RuledOut", "confirmed": None}
CLINICAL = {"active": "Present", "resolved": "History", "remission": "History"}
RESULTS = {"final": "Present", "preliminary": "Suspected"}


def code_of(concept):
    for system, prefix in PREFIXES:
        for coding in concept["coding"]:
            if coding["system"] == system:
                return f"{prefix}:{coding['code']}"
    (coding,) = concept["coding"]
    return f"hospital-a.code:{coding['system']}|{coding['code']}"


def first(concept):
    return concept["coding"][0]["code"] if concept else None


def value_of(part):
    if "valueQuantity" in part:
        quantity = part["valueQuantity"]
        sign = {"<": "Less "}.get(quantity.get("comparator"), "")
        return f"{sign}{quantity['value']} {quantity.get('code', '')}".strip()
    if "valueInteger" in part:
        return part["valueInteger"]
    return "coded " + code_of(part["valueCodeableConcept"])


bundle = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"), parse_float=str, parse_int=str)
resources = [(entry["fullUrl"], entry["resource"]) for entry in bundle["entry"]]
numbers = {}
for url, resource in resources:
    if resource["resourceType"] == "Patient":
        (numbers[url],) = [i["value"] for i in resource["identifier"] if first(i.get("type")) == "MR"]
facts = {number: [] for number in numbers.values()}
left, others, seen = {}, {}, 0
for _, resource in resources:
    kind = resource["resourceType"]
    seen += 1
    if kind == "Patient":
        continue
    owner = facts[numbers[resource.get("subject", resource.get("patient"))["reference"]]]
    if kind == "Condition":
        verified = first(resource["verificationStatus"])
        if verified == "entered-in-error":
            left[f"entered-in-error {kind}"] = left.get(f"entered-in-error {kind}", 0) + 1
            continue
        status = VERIFIED[verified] or CLINICAL[first(resource["clinicalStatus"])]
        owner.append(f"disease {code_of(resource['code'])} {status} {resource.get('onsetDateTime', '')}".strip())
    elif kind == "Observation":
        if resource["status"] == "cancelled":
            left[f"no-result {kind}"] = left.get(f"no-result {kind}", 0) + 1
            continue
        for part in [resource, *resource.get("component", [])]:
            day = resource["effectiveDateTime"][:10]
            # A focus states that the result is not about the subject as a whole. It can be a fetus or a device, so the result is not understood.
            status = "NotUnderstood" if "focus" in resource else RESULTS[resource["status"]]
            owner.append(f"measurement {code_of(part['code'])} {status} {value_of(part)} {day}")
    elif kind == "Specimen":
        owner.append(f"specimen {resource['identifier'][0]['value']} {code_of(resource['type'])}")
    else:
        others.setdefault(kind, []).append(resource["id"])
print(json.dumps({"facts": {number: sorted(lines) for number, lines in facts.items()}, "left": left, "others": others, "resources": seen}))
