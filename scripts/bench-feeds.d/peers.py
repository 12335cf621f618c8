"""Readers of the same files in Python: packages from PyPI where one reads the format, otherwise the standard library. They parse every value and store
nothing, so they do less than `ingest`.

usage: peers.py FORMAT FILE...
"""

import csv
import glob
import json
import os
import sys

csv.field_size_limit(1 << 30)


def lines(paths):
    for path in paths:
        with open(path) as file:
            yield from file


def phenopacket(paths):
    from google.protobuf.json_format import Parse
    from phenopackets import Phenopacket

    return sum(len(read.measurements) + len(read.diseases) for read in (Parse(line, Phenopacket()) for line in lines(paths)))


def ss_mix2(paths):
    import hl7

    count = 0
    for path in sorted(os.path.join(root, name) for folder in paths for root, _, names in os.walk(folder) for name in names):
        with open(path, newline="") as file:
            message = hl7.parse(file.read())
        count += sum(str(segment[0]) in ("OBX", "PRB") for segment in message)
    return count


def odm(paths):
    import odmlib.loader
    import odmlib.odm_loader

    count = 0
    for path in paths:
        parser = odmlib.odm_loader.XMLODMLoader(model_package="odm_1_3_2", ns_uri="http://www.cdisc.org/ns/odm/v1.3")
        reader = odmlib.loader.ODMLoader(parser)
        reader.open_odm_document(path)
        for clinical in reader.load_odm().ClinicalData:
            for subject in clinical.SubjectData:
                count += sum(len(form.ItemGroupData) for event in subject.StudyEventData for form in event.FormData)
    return count


def redcap(paths):
    return sum(1 for path in paths for _ in csv.DictReader(open(path)))


def fhir(paths):
    from fhir.resources.R4B.bundle import Bundle

    return sum(len(Bundle.model_validate_json(line).entry) - 1 for line in lines(paths))


def bff(paths):
    return sum(len(one["diseases"]) + len(one["measures"]) for path in paths for one in json.load(open(path)))


def omop(paths):
    files = [path for folder in paths for path in glob.glob(os.path.join(folder, "*.csv")) if "PERSON" not in path]
    return sum(1 for path in files for _ in csv.DictReader(open(path)))


NAMES = {
    "phenopacket": "phenopackets 2.0.2 (protobuf JSON)",
    "ss-mix2": "hl7 0.4.5",
    "hl7 messages": "hl7 0.4.5",
    "odm": "odmlib 0.2.1",
    "redcap": "csv.DictReader",
    "fhir": "fhir.resources 8.0.0",
    "bff": "json.load",
    "omop": "csv.DictReader",
}

if __name__ == "__main__":
    print({"phenopacket": phenopacket, "ss-mix2": ss_mix2, "hl7 messages": ss_mix2, "odm": odm, "redcap": redcap, "fhir": fhir, "bff": bff, "omop": omop}[sys.argv[1]](sys.argv[2:]))
