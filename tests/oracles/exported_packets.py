"""Compares exported packets with the packets that were ingested, path by path, with the specification's own Python package.

Standard input: {"packets": tar.gz or folder, "exported": folder, "participants": {packet id: participant}, "every": n}. Standard output: the number of
compared packets, the number of values in them, the paths whose values differ with their counts, the packets that were not exported, and the exported
files without a packet. The rules of the export are written here again, independently of the gateway."""
import json, pathlib, sys, tarfile
from collections import Counter

from google.protobuf.json_format import MessageToDict, Parse
from phenopackets import Phenopacket

given = json.load(sys.stdin)


def packets():
    path = pathlib.Path(given["packets"])
    if path.is_dir():
        for file in sorted(path.glob("*.json")):
            yield file.read_bytes()
        return
    with tarfile.open(path) as archive:
        for member in archive:
            if member.name.endswith(".json"):
                yield archive.extractfile(member).read()


def parsed(text):
    message = Parse(text, Phenopacket(), ignore_unknown_fields=True)
    return MessageToDict(message, preserving_proto_field_name=False)


def ruled(packet, participant):
    """The packet as the rules of the export leave it."""
    own = packet["subject"]["id"]
    packet["id"] = packet["subject"]["id"] = participant  # packet-id, subject-id
    packet["subject"].pop("alternateIds", None)  # alternate-ids
    born = packet["subject"].pop("dateOfBirth", None)  # birth-month
    if born:
        packet["subject"]["dateOfBirth"] = born[:7] + "-01T00:00:00Z"
    packet.pop("files", None)  # file
    samples = [s for s in packet.pop("biosamples", []) if s.get("individualId", own) == own]  # other-person
    names = {s["id"]: f"{participant}-biosample-{at}" for at, s in enumerate(samples, 1)}  # biosample-id
    for sample in samples:
        sample.pop("files", None)
        sample["id"] = names[sample["id"]]
        if "individualId" in sample:
            sample["individualId"] = participant
        parent = names.get(sample.pop("derivedFromId", None))
        if parent:
            sample["derivedFromId"] = parent
    if samples:
        packet["biosamples"] = samples
    for at, interpretation in enumerate(packet.get("interpretations", []), 1):
        if "id" in interpretation:
            interpretation["id"] = f"{participant}-interpretation-{at}"  # interpretation-id
        for finding in interpretation.get("diagnosis", {}).get("genomicInterpretations", []):
            of = finding.get("subjectOrBiosampleId")
            if of is not None:
                finding["subjectOrBiosampleId"] = participant if of == own else names[of]  # finding-of
    meta = packet["metaData"]
    for name in ("createdBy", "submittedBy"):  # author
        meta.pop(name, None)
    for update in meta.get("updates", []):
        update.pop("updatedBy", None)
    references = [r for r in meta.pop("externalReferences", []) if r.get("id", "").startswith(("PMID:", "PMC:", "DOI:", "doi:"))]
    if references:
        meta["externalReferences"] = references  # external-reference
    return packet


def leaves(value, path=""):
    if isinstance(value, dict):
        for name, member in value.items():
            yield from leaves(member, f"{path}/{name}")
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from leaves(item, f"{path}/{at}")
    else:
        yield path, value


def shown(path):
    return "/".join("*" if part.isdigit() else part for part in path.split("/"))


folder = pathlib.Path(given["exported"])
rest = {file.name for file in folder.iterdir()}
compared = values = 0
differing, missing = Counter(), []
for at, text in enumerate(packets()):
    if at % given.get("every", 1):
        continue
    original = parsed(text)
    participant = given["participants"].get(original["id"], original["id"])
    file = folder / f"{participant}.json"
    if not file.exists():
        missing.append(at)
        continue
    rest.discard(file.name)
    expected = dict(leaves(ruled(original, participant)))
    found = dict(leaves(parsed(file.read_bytes())))
    compared += 1
    values += len(expected)
    for path in expected.keys() | found.keys():
        if expected.get(path) != found.get(path) or (path in expected) != (path in found):
            differing[shown(path)] += 1
json.dump({"compared": compared, "values": values, "differing": differing, "missing": len(missing), "rest": len(rest) if given.get("every", 1) == 1 else 0}, sys.stdout)
