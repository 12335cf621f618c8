"""Prepares the official schemas for the verifier: each schema gets an absolute `$id`, and references to the network become local."""

import json
import os

FRAMEWORK, MODEL = "2.1.1/framework/json", "2.1.1/models/json/beacon-v2-default-model"
# (prefix of a reference, folder of the tree with these schemas)
ELSEWHERE = [
    ("https://raw.githubusercontent.com/ga4gh-beacon/beacon-v2/main/", "2.1.1/"),
    ("https://w3id.org/ga4gh/schema/vrs/1.3/", "vrs-1.3/"),
]


def prepared(tree, scratch):
    """Copies framework, models and VRS, and returns the folder of the copy."""
    to = os.path.join(scratch, "schemas")
    for folder, _, names in os.walk(tree):
        for name in names:
            path = os.path.join(folder, name)
            if not name.endswith(".json") or "/examples" in path:
                continue
            copy = os.path.join(to, os.path.relpath(path, tree))
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            with open(path) as file:
                schema = json.load(file)
            schema["$id"] = f"file://{copy}"
            with open(copy, "w") as file:
                json.dump(_at_home(schema, to), file)
    return to


def _at_home(value, to):
    if isinstance(value, dict):
        return {name: _reference(of, to) if name == "$ref" else _at_home(of, to) for name, of in value.items()}
    if isinstance(value, list):
        return [_at_home(of, to) for of in value]
    return value


def _reference(reference, to):
    for found, put in ELSEWHERE:
        if isinstance(reference, str) and reference.startswith(found):
            return f"file://{to}/{put}{reference.removeprefix(found)}"
    return reference


def with_endpoints(schemas, endpoints):
    """Writes the model's map. Each endpoint (entry type, path) becomes its own set."""
    path = os.path.join(schemas, MODEL, "beaconMap.json")
    with open(path) as file:
        described = json.load(file)
    described["endpointSets"] = {
        f"set {number}": {"entryType": entry, "rootUrl": f"https://example.org{path}"} for number, (entry, path) in enumerate(endpoints)
    }
    with open(path, "w") as file:
        json.dump(described, file)
