"""Reads the institution feeds with Python's own libraries and compares them with each other and with the plan.

    python3 institutions.py FOLDER PLAN.json

FOLDER is `feeds/institutions`. Exits with an AssertionError at the first difference; prints a line of counts otherwise.
"""

import csv
import datetime
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ET

ODM = "{http://www.cdisc.org/ns/odm/v1.3}"


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        found = list(reader)
    for row in found:
        assert None not in row and None not in row.values(), (path, row)
    return found


def iso(digits):
    return datetime.datetime.strptime(digits, "%Y%m%d").date().isoformat()


def day(text):
    return datetime.date.fromisoformat(text).isoformat()


def segments(data):
    text = data.decode("iso2022_jp")
    assert text.endswith("\r") and "\n" not in text
    found = []
    for line in text[:-1].split("\r"):
        fields = line.split("|")
        if fields[0] == "MSH":
            fields.insert(1, "|")
        found.append(fields)
    return found


def field(segment, number):
    return segment[number] if number < len(segment) else ""


def messages(root):
    """Yields path, patient, date of care, kind and condition flag of every message of a storage. Checks each path.

    A message with flag 2 is outdated: exactly one current message with the same order number is newer.
    """
    history = 0
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        first, second, patient, care_date, kind, name = path.relative_to(root).parts
        assert (first, second) == (patient[:3], patient[3:6]) and re.fullmatch(r"\d{8}", patient), path
        parts = name.split("_")
        assert len(parts) == 7 and parts[:3] == [patient, care_date, kind], path
        assert re.fullmatch(r"\d{15}", parts[3]) and re.fullmatch(r"\d{17}", parts[4]) and parts[5], path
        datetime.datetime.strptime(parts[4][:14], "%Y%m%d%H%M%S")
        assert (care_date == "-") == (kind in ("ADT-00", "PPR-01")), path
        if parts[6] == "2":
            history += 1
            current = [p for p in path.parent.iterdir() if p.name.split("_")[3] == parts[3] and p.name.endswith("_1")]
            assert len(current) == 1 and current[0].name.split("_")[4] > parts[4], path
        else:
            assert parts[6] == "1", path
        yield path, patient, care_date, kind, parts[6]


def ss_mix2(root, linkage):
    cases = {}
    kinds = {"ADT-00": "ADT^A08", "PPR-01": "PPR^ZD1", "OML-11": "OUL^R22"}
    controls, history, names = set(), 0, {}
    for path, patient, care_date, kind, flag in messages(root):
        message = segments(path.read_bytes())
        msh, pid = message[0], next(s for s in message if s[0] == "PID")
        assert field(msh, 2) == "^~\\&" and field(msh, 12) == "2.5" and field(msh, 9).startswith(kinds[kind]), path
        assert field(msh, 18).replace(" ", "") == "~ISOIR87" and field(msh, 20).replace(" ", "") == "ISO2022-1994"
        assert field(msh, 10) not in controls
        controls.add(field(msh, 10))
        assert field(pid, 3).split("^")[0] == patient, path
        if flag == "2":
            history += 1
            continue
        who = linkage["hospital-a", "hospital-a", patient]
        case = cases.setdefault(who, {"diagnoses": [], "labs": []})
        assert field(pid, 8) in "MF" and field(pid, 5) and field(pid, 11)
        kanji = field(pid, 5).split("~")[0].split("^")
        names[who] = kanji[0] + kanji[1]
        stated = {"sex": {"M": "male", "F": "female"}[field(pid, 8)], "born": iso(field(pid, 7))}
        assert case.get("about", stated) == stated
        case["about"] = stated
        specimen = None
        for segment in message:
            if segment[0] == "PRB":
                code, label, system = field(segment, 3).split("^")
                icd10 = field(segment, 10).split("^")
                assert field(segment, 1) == "AD" and system == "MDCDX2" and re.fullmatch(r"\d{8}", code) and icd10[2] == "I10"
                dotted = icd10[0] if len(icd10[0]) == 3 else icd10[0][:3] + "." + icd10[0][3:]
                assert field(segment, 13) in ("", "1")
                case["diagnoses"].append((dotted, label, iso(field(segment, 16)), field(segment, 13) == "1"))
            elif segment[0] == "SPM":
                specimen = segment
                assert field(segment, 17) == care_date
            elif segment[0] == "OBX":
                code, label, system = field(segment, 3).split("^")
                assert system == "JC10" and code[9:12] == field(specimen, 4).split("^")[0] and field(segment, 11) == "F"
                value = field(segment, 5)
                assert (field(segment, 2) == "NM") == bool(re.fullmatch(r"\d+(\.\d+)?", value)), value
                case["labs"].append((code, label, value, field(segment, 6), iso(field(specimen, 17))))
    for case in cases.values():
        case.update(case.pop("about"))
    return cases, history, names


def odm(path, linkage):
    root = ET.parse(path).getroot()
    assert root.tag == ODM + "ODM" and root.get("ODMVersion") == "1.3.2" and root.get("FileType") == "Snapshot"
    version = root.find(f"{ODM}Study/{ODM}MetaDataVersion")
    defined = {kind: {e.get("OID"): e for e in version.findall(ODM + kind)} for kind in
               ("StudyEventDef", "FormDef", "ItemGroupDef", "ItemDef", "CodeList")}
    for kind in defined:
        assert len(defined[kind]) == len(version.findall(ODM + kind)), kind
    for reference, kind in (("StudyEventRef", "StudyEventDef"), ("FormRef", "FormDef"), ("ItemGroupRef", "ItemGroupDef"),
                            ("ItemRef", "ItemDef"), ("CodeListRef", "CodeList")):
        for element in version.iter(ODM + reference):
            assert element.get(kind.replace("Def", "") + "OID") in defined[kind], reference
    data = root.find(ODM + "ClinicalData")
    assert data.get("StudyOID") == root.find(ODM + "Study").get("OID") and data.get("MetaDataVersionOID") == version.get("OID")
    cases = {}
    for subject in data.findall(ODM + "SubjectData"):
        groups = {}
        for group in subject.iter(ODM + "ItemGroupData"):
            definition = defined["ItemGroupDef"][group.get("ItemGroupOID")]
            assert (definition.get("Repeating") == "Yes") == ("ItemGroupRepeatKey" in group.attrib)
            items = {item.get("ItemOID"): item.get("Value") for item in group}
            assert set(items) <= {r.get("ItemOID") for r in definition}
            for oid, value in items.items():
                definition = defined["ItemDef"][oid]
                if definition.get("DataType") == "date":
                    day(value)
                if definition.get("Length"):
                    assert len(value) <= int(definition.get("Length")), (oid, value)
                for reference in definition:
                    codes = {c.get("CodedValue") for c in defined["CodeList"][reference.get("CodeListOID")]}
                    assert value in codes, (oid, value)
            occurrences = groups.setdefault(group.get("ItemGroupOID"), {})
            assert group.get("ItemGroupRepeatKey") not in occurrences
            occurrences[group.get("ItemGroupRepeatKey")] = items
        (demographics,) = groups["IG.DM"].values()
        who = linkage["hospital-a", "gemj-edc", subject.get("SubjectKey")]
        assert who not in cases
        cases[who] = {
            "sex": {"1": "male", "2": "female"}[demographics["IT.SEX"]],
            "born": demographics["IT.BRTHDAT"],
            "diagnoses": [(g["IT.DX.ICD10"], g["IT.DX.TERM"], g["IT.DX.DATE"], g["IT.DX.STATUS"] == "SUSPECTED")
                          for g in groups["IG.DX"].values()],
            "labs": [tuple(g["IT.LB." + name] for name in ("JLAC10", "TEST", "RESULT", "UNIT", "DATE")) for g in groups["IG.LB"].values()],
            "features": [(g["IT.HPO.CODE"], g["IT.HPO.TERM"], g["IT.HPO.PRESENT"] == "N") for g in groups["IG.HPO"].values()],
            "specimens": [(g["IT.SP.ID"], g["IT.SP.TYPE"], g["IT.SP.DATE"]) for g in groups["IG.SP"].values()],
        }
    return cases


def redcap(path, dictionary, linkage):
    fields = {row["Variable / Field Name"]: row for row in rows(dictionary)}
    assert all(len(row) == 18 for row in fields.values())
    assert [name for name, row in fields.items() if row["Identifier?"] == "y"] == ["patient_name"]
    choices = {name: dict(c.strip().split(", ", 1) for c in row["Choices, Calculations, OR Slider Labels"].split("|"))
               for name, row in fields.items() if row["Field Type"] == "radio"}
    forms = {row["Form Name"] for row in fields.values()}
    cases, names = {}, {}
    for row in rows(path):
        assert set(row) == set(fields) | {f + "_complete" for f in forms} | {"redcap_repeat_instrument", "redcap_repeat_instance"}
        form = row["redcap_repeat_instrument"] or "demographics"
        for name, value in row.items():
            if name in fields and name != "record_id" and value:
                assert fields[name]["Form Name"] == form, (name, form)
                assert name not in choices or value in choices[name], (name, value)
                if fields[name]["Text Validation Type OR Show Slider Number"] == "date_ymd":
                    day(value)
        label = lambda name: choices[name][row[name]]
        who = linkage["hospital-a", "gemj-redcap", row["record_id"]]
        case = cases.setdefault(who, {"diagnoses": [], "labs": [], "features": [], "specimens": [], "seen": set()})
        assert (form, row["redcap_repeat_instance"]) not in case["seen"] and row[form + "_complete"] == "2"
        case["seen"].add((form, row["redcap_repeat_instance"]))
        if form == "demographics":
            case.update(sex=label("sex"), born=row["birth_date"])
            names[who] = "".join(row["patient_name"].split(", "))
        elif form == "diagnosis":
            case["diagnoses"].append((row["dx_icd10"], row["dx_term"], row["dx_date"], label("dx_status") == "suspected"))
        elif form == "phenotype":
            case["features"].append((row["hpo_code"], row["hpo_term"], label("hpo_present") == "no"))
        elif form == "labs":
            case["labs"].append((row["lb_jlac10"], row["lb_test"], row["lb_result"], row["lb_unit"], row["lb_date"]))
        elif form == "specimens":
            case["specimens"].append((row["sp_id"], label("sp_type"), row["sp_date"]))
    for case in cases.values():
        del case["seen"]
    return cases, names


def miabis(path, folder, linkage):
    bank = json.loads(path.read_text(encoding="utf-8"))
    assert [{k: d[k] for k in ("id", "sex", "birthDate")} for d in bank["donors"]] == rows(folder / "donors.csv")
    flat = []
    for sample in bank["samples"]:
        (diagnosis,) = sample["contentDiagnosis"]
        flat.append({"id": sample["id"], "donorId": sample["donorId"], "sampleType": sample["sampleType"],
                     "creationTime": sample["creationTime"], "storageTemperature": sample["storageTemperature"],
                     **{"contentDiagnosis." + k: v for k, v in diagnosis.items()},
                     **{"anatomicalSite." + k: v for k, v in sample["anatomicalSite"].items()},
                     "parentId": sample.get("parentId", "")})
    assert flat == rows(folder / "samples.csv")
    cases = {}
    for donor in bank["donors"]:
        who = linkage["biobank-a", "biobank-a", donor["id"]]
        assert who not in cases and re.fullmatch(r"\d{4}-\d{2}", donor["birthDate"])
        samples = [s for s in bank["samples"] if s["donorId"] == donor["id"]]
        diagnoses = {(s["contentDiagnosis"][0]["code"], s["contentDiagnosis"][0]["text"]) for s in samples}
        assert len(diagnoses) == 1
        for sample in samples:
            assert sample["contentDiagnosis"][0]["ontology"] == "ICD-10"
            parents = [s for s in samples if s["id"] == sample.get("parentId")]
            assert (sample["sampleType"] == "DNA") == (len(parents) == 1)
            assert all(day(p["creationTime"]) < day(sample["creationTime"]) for p in parents)
        cases[who] = {
            "sex": donor["sex"].lower(),
            "born": donor["birthDate"],
            "diagnoses": list(diagnoses),
            "specimens": [(s["id"], s["sampleType"], s["creationTime"]) for s in samples],
        }
    assert len(bank["samples"]) == sum(len(c["specimens"]) for c in cases.values())
    return cases


def same(participants, *sides):
    for who in participants:
        values = [sorted(side[who]) if isinstance(side[who], list) else side[who] for side in sides]
        assert all(value == values[0] for value in values), who


def of(cases, name, view=lambda value: value):
    return {who: view(case[name]) for who, case in cases.items()}


def broken(root, linkage):
    """Checks that each listed unit is present and broken as listed, as far as Python can tell, and that all others are valid."""
    expected = rows(root / "expected.csv")
    assert list(expected[0]) == ["feed", "unit hint", "reason"]
    counts = {feed: sum(e["feed"] == feed for e in expected) for feed in ("ss-mix2", "odm", "redcap", "miabis")}
    assert sum(counts.values()) == len(expected)
    bad = {e["unit hint"]: e["reason"] for e in expected if e["feed"] == "ss-mix2"}
    good = 0
    for path, patient, care_date, kind, flag in messages(root / "ss-mix2"):
        reason = bad.pop(path.relative_to(root / "ss-mix2").as_posix(), None)
        faults = set()
        try:
            message = segments(path.read_bytes())
        except UnicodeDecodeError:
            faults.add("jis x 0212" if b"\x1b$(D" in path.read_bytes() else "utf-16")
        else:
            pid = next(s for s in message if s[0] == "PID")
            if field(pid, 3).split("^")[0] != patient:
                faults.add("another")
            if field(pid, 8) not in ("M", "F"):
                faults.add("pid-8")
            if ("hospital-a", "hospital-a", patient) not in linkage:
                faults.add("linkage")
            if any(field(s, 16)[4:6] > "12" for s in message if s[0] == "PRB"):
                faults.add("month 13")
        assert len(faults) == (reason is not None), (path, faults, reason)
        assert all(fault in reason.lower() for fault in faults), (reason, faults)
        good += reason is None and flag == "1"
    assert not bad, bad

    subjects = ET.parse(root / "odm/subjects.xml").getroot().find(ODM + "ClinicalData").findall(ODM + "SubjectData")
    bad = {e["unit hint"]: e["reason"] for e in expected if e["feed"] == "odm"}
    for subject in subjects:
        values = {i.get("ItemOID"): [] for i in subject.iter(ODM + "ItemData")}
        for item in subject.iter(ODM + "ItemData"):
            values[item.get("ItemOID")].append(item.get("Value"))
        keys = [(g.get("ItemGroupOID"), g.get("ItemGroupRepeatKey")) for g in subject.iter(ODM + "ItemGroupData")]
        faults = {"code list"} if values["IT.SEX"][0] not in ("1", "2") else set()
        faults |= {"repeat key"} if len(keys) != len(set(keys)) else set()
        faults |= {"30 february"} if "2025-02-30" in values["IT.DX.DATE"] else set()
        faults |= {"linkage"} if ("hospital-a", "gemj-edc", subject.get("SubjectKey")) not in linkage else set()
        reason = bad.pop(f"subjects.xml SubjectKey {subject.get('SubjectKey')}", None)
        assert len(faults) == (reason is not None) and all(fault in reason.lower() for fault in faults)
    assert list(bad) == ["truncated.xml"]
    try:
        ET.parse(root / "odm/truncated.xml")
        raise AssertionError("truncated.xml is whole")
    except ET.ParseError:
        pass
    assert (root / "odm/truncated.xml").read_text(encoding="utf-8").count("</SubjectData>") == 1

    bad = {e["unit hint"]: e["reason"] for e in expected if e["feed"] == "redcap"}
    records = {}
    for row in rows(root / "redcap/records.csv"):
        records.setdefault(row["record_id"], []).append(row)
    words = 0
    for number, record in records.items():
        faults = {"status"} if any(r["dx_status"] not in ("", "1", "2") for r in record) else set()
        faults |= {"hpo code"} if any(r["hpo_code"] and not re.fullmatch(r"HP:\d{7}", r["hpo_code"]) for r in record) else set()
        faults |= {"month 13"} if any(r["birth_date"][5:7] > "12" for r in record) else set()
        faults |= {"linkage"} if ("hospital-a", "gemj-redcap", number) not in linkage else set()
        words += any(r["lb_result"] and not re.search(r"\d", r["lb_result"]) for r in record)
        reason = bad.pop(f"records.csv record_id {number}", None)
        assert len(faults) == (reason is not None) and all(fault in reason.lower() for fault in faults), (number, faults)
    assert words == 1 and list(bad) == ["records_column_missing.csv"]
    assert "dx_icd10" not in rows(root / "redcap/records_column_missing.csv")[0]
    assert (root / "redcap/data_dictionary.csv").read_bytes() == (root / "../redcap/data_dictionary.csv").read_bytes()

    bank = json.loads((root / "miabis/specimens.json").read_text(encoding="utf-8"))
    text = " ".join(e["unit hint"] for e in expected if e["feed"] == "miabis")
    sexes, parents = {}, {s["id"]: s.get("parentId") for s in bank["samples"]}
    for donor in bank["donors"]:
        sexes.setdefault(donor["id"], set()).add(donor["sex"])
    found = [d for d, both in sexes.items() if len(both) > 1] + [d for d in sexes if ("biobank-a", "biobank-a", d) not in linkage]
    found += [s["id"] for s in bank["samples"] if "donorId" not in s or s["creationTime"] == "2025-02-30"]
    found += [child for child, parent in parents.items() if parent and parents.get(parent) == child]
    found += [s["id"] for s in bank["samples"] if s.get("donorId", bank["donors"][0]["id"]) not in sexes]
    assert len(found) == 7 and all(name in text for name in found), (found, text)
    return counts, good


def main():
    root, plan = pathlib.Path(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
    linkage = {}
    for row in rows(root / "linkage.csv"):
        assert (row["site"], row["namespace"], row["number"]) not in linkage
        linkage[row["site"], row["namespace"], row["number"]] = row["participant"]
    planned = {case["participant"]: case for case in plan}
    assert len(planned) == len(plan) == 20
    for namespace in ("hospital-a", "gemj-edc", "gemj-redcap", "biobank-a"):
        assert {who for (_, name, _), who in linkage.items() if name == namespace} == set(planned)
    assert len(linkage) == 80

    ehr, history, ehr_names = ss_mix2(root / "ss-mix2", linkage)
    edc = odm(root / "odm/subjects.xml", linkage)
    cap, cap_names = redcap(root / "redcap/records.csv", root / "redcap/data_dictionary.csv", linkage)
    bank = miabis(root / "miabis/specimens.json", root / "miabis-csv", linkage)
    assert history > 5
    for cases in (ehr, edc, cap, bank):
        assert set(cases) == set(planned)
    tuples = lambda name, *keys: {who: [tuple(item[k] for k in keys) for item in case[name]] for who, case in planned.items()}
    month = lambda born: born[:7]
    first = lambda diagnoses: diagnoses[0][:2]
    same(planned, *(of(c, "sex") for c in (planned, ehr, edc, cap, bank)))
    same(planned, *(of(c, "born", month) for c in (planned, ehr, edc, cap, bank)))
    same(planned, *(of(c, "born") for c in (planned, ehr, edc, cap)))
    diagnoses = tuples("diagnoses", "icd10", "label", "date", "suspected")
    same(planned, diagnoses, *(of(c, "diagnoses") for c in (ehr, edc, cap)))
    same(planned, {who: first(d) for who, d in diagnoses.items()}, *(of(c, "diagnoses", first) for c in (ehr, edc, cap, bank)))
    same(planned, tuples("labs", "jlac10", "label", "result", "unit", "date"), *(of(c, "labs") for c in (ehr, edc, cap)))
    same(planned, tuples("features", "term", "label", "excluded"), *(of(c, "features") for c in (edc, cap)))
    same(planned, tuples("specimens", "id", "kind", "collected"), *(of(c, "specimens") for c in (edc, cap, bank)))
    assert ehr_names == cap_names == {who: case["name"] for who, case in planned.items()}
    # A join by position would be wrong in every pair of feeds.
    orders = [list(cases) for cases in (planned, ehr, edc, cap, bank)]
    for at, order in enumerate(orders):
        for other in orders[:at]:
            assert sum(a == b for a, b in zip(order, other)) < 6
    counts, good = broken(root / "broken", linkage)
    print(len(planned), "cases;", history, "files of history;", counts, "broken;", good, "messages beside them whole")


main()
