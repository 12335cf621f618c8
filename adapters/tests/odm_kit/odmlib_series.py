"""Writes a random ODM 1.3.2 snapshot and transactional files with odmlib, validates them by the official schema, reads them again with odmlib,
and prints the state of each subject. The gateway's code has no part in it.

    python odmlib_series.py write FOLDER SEED        writes FOLDER/0.xml, 1.xml, ...; prints the expected values as JSON
    python odmlib_series.py validate VERSION FILE... validates files by the official schema of ODM 1.3.2 or 2.0; prints the faults
"""
import json
import os
import random
import sys

import odmlib.loader
import odmlib.odm_1_3_2.model as ODM
import odmlib.odm_loader
import odmlib.schema_manager
import xmlschema


def schema(version):
    return xmlschema.XMLSchema(odmlib.schema_manager.get_schema_path("odm", version))


def group_of(key, event, group, repeat, items, subject_type, item_type):
    types = {} if subject_type is None else {"TransactionType": subject_type}
    subject = ODM.SubjectData(SubjectKey=key, **types)
    study_event = ODM.StudyEventData(StudyEventOID="E", StudyEventRepeatKey=str(event))
    form = ODM.FormData(FormOID="F")
    item_group = ODM.ItemGroupData(ItemGroupOID=group, ItemGroupRepeatKey=str(repeat))
    for oid, value in items:
        rest = {} if item_type is None else {"TransactionType": item_type}
        if value is None:
            item_group.ItemData.append(ODM.ItemData(ItemOID=oid, IsNull="Yes", **rest))
        elif item_type == "Remove":
            item_group.ItemData.append(ODM.ItemData(ItemOID=oid, **rest))
        else:
            item_group.ItemData.append(ODM.ItemData(ItemOID=oid, Value=value, **rest))
    form.ItemGroupData.append(item_group)
    study_event.FormData.append(form)
    subject.StudyEventData.append(study_event)
    return subject


def write(folder, seed):
    chance = random.Random(seed)
    words = ["胃炎", "a & <b>", "7.2", ' "x" ', "能登ソ表"]
    validator = schema("1.3.2")
    paths = []
    for number in range(chance.randint(2, 5)):
        kind = "Transactional" if number else "Snapshot"
        root = ODM.ODM(FileOID=f"F.{number}", FileType=kind, Granularity="All", ODMVersion="1.3.2",
                       CreationDateTime=f"2026-04-{number + 1:02}T12:00:00+09:00")
        if number:
            root.PriorFileOID = f"F.{number - 1}"
        clinical = ODM.ClinicalData(StudyOID="S", MetaDataVersionOID="M")
        for key in range(4):
            if number == 0:
                items = [(f"I.{i}", chance.choice(words)) for i in range(3)]
                clinical.SubjectData.append(group_of(str(key), 1, "G", 1, items, None, None))
                continue
            for _ in range(chance.randint(0, 4)):
                item = f"I.{chance.randint(0, 4)}"
                place = (chance.randint(1, 2), chance.choice("GH"), chance.randint(1, 2))
                item_type = chance.choice(["Insert", "Update", "Upsert", "Remove", "Context"])
                value = chance.choice(words + [None]) if item_type != "Remove" else ""
                clinical.SubjectData.append(group_of(str(key), *place, [(item, value)], "Upsert", item_type))
        root.ClinicalData.append(clinical)
        path = os.path.join(folder, f"{number}.xml")
        root.write_xml(path)
        validator.validate(path)
        paths.append(path)
    print(json.dumps(folded(paths)))


def folded(paths):
    """Reads the files with odmlib and applies their transactions."""
    state = {}
    for path in paths:
        loader = odmlib.loader.ODMLoader(
            odmlib.odm_loader.XMLODMLoader(model_package="odm_1_3_2", ns_uri="http://www.cdisc.org/ns/odm/v1.3"))
        loader.open_odm_document(path)
        for clinical in loader.load_odm().ClinicalData:
            for subject in clinical.SubjectData:
                values = state.setdefault(subject.SubjectKey, {})
                for event in subject.StudyEventData:
                    for form in event.FormData:
                        for group in form.ItemGroupData:
                            for item in group.ItemData:
                                place = (f"/SubjectData/StudyEventData:{event.StudyEventOID}[{event.StudyEventRepeatKey}]/FormData:{form.FormOID}"
                                         f"/ItemGroupData:{group.ItemGroupOID}[{group.ItemGroupRepeatKey}] {item.ItemOID}")
                                if item.TransactionType == "Remove":
                                    values.pop(place, None)
                                elif item.TransactionType != "Context":
                                    values[place] = "<null>" if item.IsNull == "Yes" else item.Value
    return state


def validate(version, paths):
    validator = schema(version)
    for path in paths:
        for fault in validator.iter_errors(path):
            print(f"{os.path.basename(path)}: {fault.reason}")


if sys.argv[1] == "write":
    write(sys.argv[2], int(sys.argv[3]))
else:
    validate(sys.argv[2], sys.argv[3:])
