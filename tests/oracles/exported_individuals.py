"""Compares exported individuals of the Beacon Friendly Format with the packets that were ingested, statement by statement, without code of the gateway.

Standard input: {"packets": tar.gz or folder, "exported": folder, "participants": {packet id: participant}, "schemas": folder of the official Beacon schemas or
null, "every": n}. Standard output: the number of compared individuals and of compared statements, the statements that are in no packet and the wrong sexes (at
most 20), the number of statements that are absent, the participants that were not exported, and the faults by the official schemas of every nth record."""
import json, pathlib, re, sys, tarfile

given = json.load(sys.stdin)
folder = pathlib.Path(given["exported"])
individuals = json.loads((folder / "individuals.json").read_bytes())
biosamples = json.loads((folder / "biosamples.json").read_bytes())


def packets():
    path = pathlib.Path(given["packets"])
    if path.is_dir():
        for file in sorted(path.glob("*.json")):
            yield json.loads(file.read_bytes())
        return
    with tarfile.open(path) as archive:
        for member in archive:
            if member.name.endswith(".json"):
                yield json.load(archive.extractfile(member))


def age(stated):
    """An age of whole years, months, weeks and days. Beacon records contain no other age."""
    duration = stated["iso8601duration"]
    return {"iso8601duration": duration} if re.fullmatch(r"P(?=\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?", duration) else None


def time(element):
    """The Beacon form of a time in life; nothing for a moment."""
    if not element:
        return None
    if "age" in element:
        return age(element["age"])
    if "ageRange" in element:
        ends = {end: age(element["ageRange"][end]) for end in ("start", "end")}
        return ends if all(ends.values()) else None
    if "ontologyClass" in element:
        return {"id": element["ontologyClass"]["id"]}
    if "gestationalAge" in element:
        return {"weeks": element["gestationalAge"].get("weeks", 0), "days": element["gestationalAge"].get("days", 0)}
    return None


def statement(term, onset, excluded=False):
    return json.dumps([term["id"], term.get("label", ""), bool(excluded), onset], sort_keys=True)


def of_packet(packet):
    features = {statement(f["type"], time(f.get("onset")), f.get("excluded")) for f in packet.get("phenotypicFeatures", []) if "type" in f}
    diseases = {statement(d["term"], time(d.get("onset"))) for d in packet.get("diseases", []) if "term" in d and not d.get("excluded")}
    return features, diseases


def beacon_time(element):
    if element and "weeks" in element:
        return {"weeks": element["weeks"], "days": element.get("days", 0)}
    return element


def of_record(record):
    features = {statement(f["featureType"], beacon_time(f.get("onset")), f["excluded"]) for f in record.get("phenotypicFeatures", [])}
    diseases = {statement(d["diseaseCode"], beacon_time(d.get("ageOfOnset"))) for d in record.get("diseases", [])}
    return features, diseases


SEXES = {"FEMALE": "NCIT:C16576", "MALE": "NCIT:C20197", "OTHER_SEX": "NCIT:C17649"}
records = {record["id"]: record for record in individuals}
compared, statements, differing, absent, missing = 0, 0, [], 0, 0
for packet in packets():
    participant = given["participants"].get(packet["id"], packet["id"])
    record = records.pop(participant, None)
    if record is None:
        missing += 1
        continue
    compared += 1
    for name, expected, found in zip(("features", "diseases"), of_packet(packet), of_record(record)):
        statements += len(expected)
        # A statement whose words deny its code is not understood, so it is absent. None may be added.
        if not found <= expected:
            differing.append([packet["id"], name, sorted(found - expected)])
        absent += len(expected - found)
    if record["sex"]["id"] != SEXES.get(packet.get("subject", {}).get("sex"), "NCIT:C17998"):
        differing.append([packet["id"], "sex", record["sex"]["id"]])

faults, validated = [], 0
if given.get("schemas"):
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    root = pathlib.Path(given["schemas"])
    main = "https://raw.githubusercontent.com/ga4gh-beacon/beacon-v2/main/"

    def retrieve(uri):
        path = root / "vrs-1.3/vrs.json" if uri.startswith("https://w3id.org/ga4gh/schema/vrs/") else root / "2.1.1" / uri.removeprefix(main)
        return Resource.from_contents(json.loads(path.read_bytes()), default_specification=DRAFT202012)

    for kind, list_of in (("individuals", individuals), ("biosamples", biosamples)):
        uri = f"{main}models/json/beacon-v2-default-model/{kind}/defaultSchema.json"
        validator = Draft202012Validator({"$ref": uri}, registry=Registry(retrieve=retrieve))
        for record in list_of[:: given.get("every", 1)]:
            validated += 1
            faults += [f"{kind}: {'/'.join(map(str, error.path))}: {error.message[:200]}" for error in validator.iter_errors(record)]
json.dump({"compared": compared, "statements": statements, "differing": differing[:20], "absent": absent, "missing": missing, "rest": len(records), "validated": validated,
           "faults": faults[:20]}, sys.stdout)
