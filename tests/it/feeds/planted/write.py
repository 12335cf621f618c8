"""Writes feeds of every format with planted direct identifiers in every place, in units that are stored and in units that are refused.

Usage: write.py FOLDER. The standard output is JSON: `ingest` has the arguments of each call, `links` the linkage table, `needles` the planted values by
their place. No value is in two places.
"""

import json
import os
import sys

ROOT = sys.argv[1]
KANJI = "鷹梟鷲隼雉鴨鷺鵜鶴鸛鴎鵯鶫鷽鶸鶲鵺鶯鶉鵲鶚鵙鷦鷯鶺鴒鷸鴫鶻鵡鸚鷭鴟鵬鳳凰鸞鵠鴻鵝鶩鷄鷂鷁鶻鶴"
KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
needles = {}


def plant(kind, place):
    """A value that occurs nowhere else. `place` states where it is written."""
    n = len(needles) + 1
    value = {
        "kanji": f"漆葉{KANJI[n % len(KANJI)]}{KANJI[(n * 7) % len(KANJI)]}{n}",
        "kana": f"ウルシバ{KANA[n % len(KANA)]}{KANA[(n * 5) % len(KANA)]}{n}",
        "romaji": f"Urushiba{n:03}Takanosuke",
        "phone": f"090-7{n:03}-3{n:03}",
        "address": f"架空都幻区無番町{n}-{n + 1}-{n + 2}",
        "insurance": f"3927{n:03}8841",
        "number": f"8160{n:03}573",
        "mail": f"urushiba.{n:03}@planted.example",
    }[kind]
    needles[value] = f"{place} ({kind})"
    return value


KINDS = ["kanji", "kana", "romaji", "phone", "address", "insurance", "mail"]


class Any:
    """Plants values of all kinds in turn."""

    def __init__(self):
        self.at = 0

    def __call__(self, place):
        self.at += 1
        return plant(KINDS[self.at % len(KINDS)], place)


p = Any()
calls, links = [], ["site,namespace,number,participant"]


def put(name, text, encoding="utf-8"):
    path = os.path.join(ROOT, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text.encode(encoding))
    return path


def ingest(profile, namespace, *paths):
    words = ["ingest", "--dataset", "rare-disease", "--profile", profile, "--site", "hospital-a"]
    calls.append(words + (["--namespace", namespace] if namespace else []) + list(paths))


def person(namespace, participant):
    number = plant("number", f"{namespace} number")
    links.append(f"hospital-a,{namespace},{number},{participant}")
    return number


# SS-MIX2. Every admitted and every other field has a planted value.
def pid(number, at):
    return (
        f"PID|1|{p(at + ' PID-2')}|{number}^^^^PI|{p(at + ' PID-4')}|{p(at + ' PID-5')}^{p(at + ' PID-5.2')}^^^^^L^I~{p(at + ' PID-5(2)')}^{p(at + ' PID-5(2).2')}"
        f"|{p(at + ' PID-6')}|19840317|F|{p(at + ' PID-9')}||^^{p(at + ' PID-11')}^^1000001^JPN^H^{p(at + ' PID-11.8')}||^PRN^PH^{p(at + ' PID-13.4')}^^^^^^^^{p(at + ' PID-13.12')}"
        f"|{p(at + ' PID-14')}||||{p(at + ' PID-18')}|{p(at + ' PID-19')}|{p(at + ' PID-20')}|||||||||||||||||||{p(at + ' PID-39')}\r"
    )


def message(kind, at, number, body, time="20240110090000"):
    return f"MSH|^~\\&|HIS|HOSPITAL-A|{p(at + ' MSH-5')}|{p(at + ' MSH-6')}|{time}|{p(at + ' MSH-8')}|{kind}|{p(at + ' MSH-10')}|P|2.5||||||~ISO IR87||ISO 2022-1994\r" + pid(number, at) + body


def around(at):
    return (
        f"NK1|1|{p(at + ' NK1-2')}^{p(at + ' NK1-2.2')}|SPO|{p(at + ' NK1-4')}|{p(at + ' NK1-5')}\rPV1|1|O|||||{p(at + ' PV1-7')}^{p(at + ' PV1-7.2')}\r"
        f"IN1|1|67|{p(at + ' IN1-3')}|{p(at + ' IN1-4')}||||||||||||{p(at + ' IN1-16')}|||{p(at + ' IN1-19')}|||||||||||||||||{p(at + ' IN1-36')}\r"
        f"ZZ1|{p(at + ' ZZ1-1')}\r"
    )


def results(number, at, value="4.10"):
    obx = "".join(
        f"OBX|{n}|{kind}|9A{n}^text {n}^L||{p(f'{at} OBX-5 {kind}')}||||||F||{p(f'{at} OBX-13 {kind}')}|||{p(f'{at} OBX-16 {kind}')}\r"
        for n, kind in enumerate(["TX", "FT", "XPN", "XCN", "XAD", "XTN", "CX", "ED", "RP"], 3)
    )
    return message(
        "OUL^R22^OUL_R22", at, number,
        f"NTE|1||{p(at + ' NTE-3 before')}\rSPM|1|{p(at + ' SPM-2')}||023^serum^JC10||||{p(at + ' SPM-8')}||||{p(at + ' SPM-12')}||{p(at + ' SPM-14')}|||20240110\r"
        f"OBR|1|7|7|2^chemistry^99GMJ|||20240110|||{p(at + ' OBR-10')}||{p(at + ' OBR-12')}|{p(at + ' OBR-13')}|||{p(at + ' OBR-16')}|{p(at + ' OBR-17')}\r"
        f"ORC|SC|7||||||||{p(at + ' ORC-10')}|{p(at + ' ORC-11')}|{p(at + ' ORC-12')}|{p(at + ' ORC-13')}|{p(at + ' ORC-14')}|||{p(at + ' ORC-17')}\r"
        f"OBX|1|NM|3A016000002327102^albumin^JC10||{value}|g/dL|||||F|||||{p(at + ' OBX-15')}|{p(at + ' OBX-16')}\rNTE|1||{p(at + ' NTE-3')}\r" + obx,
    )


def problems(number, at, resolved=""):
    return message(
        "PPR^ZD1^PPR_ZD1", at, number,
        f"PRB|AD|20240110|20054174^stomach^MDCDX2|{p(at + ' PRB-4')}|||||{resolved}|K297^^I10||||||20230510|{p(at + ' PRB-17')}\r"
        f"ZPR|1|{p(at + ' ZPR-2')}\rNTE|1||{p(at + ' NTE-3 of a problem')}\r",
    )


def storage(name, number, files):
    root = os.path.join(ROOT, f"{name}-{p(name + ' name of the root folder')}")
    for data_type, date, order, text in files:
        file = f"{number}_{date}_{data_type}_{order:0>15}_20240110090000000_-_1"
        put(f"{root}/{number[:3]}/{number[3:6]}/{number}/{date}/{data_type}/{file}", text, "iso-2022-jp")
    put(f"{root}/{number[:3]}/{number[3:6]}/{number}/-/{p(name + ' name of another folder')}/{p(name + ' name of another file')}", p(name + " content of another file"))
    return root


number = person("mrn", "P1")
good = [
    ("ADT-00", "-", "9" * 15, message("ADT^A08", "ss-mix2 good ADT", number, around("ss-mix2 good ADT"))),
    ("PPR-01", "-", "9" * 15, problems(number, "ss-mix2 good PPR")),
    ("OML-11", "20240110", "7", results(number, "ss-mix2 good OML")),
]
ingest("ss-mix2", "mrn", storage("storage", number, good))
other = plant("number", "ss-mix2 unlinked number")
refused = [
    ("ADT-00", "-", "9" * 15, message("ADT^A08", "ss-mix2 unlinked ADT", other, around("ss-mix2 unlinked ADT"))),
    ("PPR-01", "-", "9" * 15, problems(number, "ss-mix2 other path")),
    ("OML-11", "20240110", "7", results(other, "ss-mix2 unlinked OML", plant("romaji", "OBX-5 of NM"))),
]
ingest("ss-mix2", "mrn", storage("refused", other, refused))
for name, text in {
    "number": results(number, "message bad number", plant("romaji", "message OBX-5 of NM")),
    "date": problems(number, "message bad date", plant("phone", "message PRB-9")),
    "birth": message("ADT^A08", "message bad birth", number, "").replace("|19840317|F|", f"|{plant('phone', 'message PID-7')}|{plant('romaji', 'message PID-8')}|"),
    "kind": message(f"ADT^{plant('romaji', 'message MSH-9')}", "message bad kind", number, ""),
    "merge": message("ADT^A40", "message merge", number, f"MRG|{plant('number', 'message MRG-1')}^^^^PI|||||||{p('message MRG-7')}\r"),
    "time": message("ADT^A08", "message bad time", number, "", plant("phone", "message MSH-7")),
    "delete": message("ADT^A23", "message A23", plant("number", "message A23 number"), around("message A23")),
}.items():
    ingest("ss-mix2", "mrn", put(f"messages-{name}/{p('name of a message file ' + name)}.hl7", text, "iso-2022-jp"))

# ODM.
number, other = person("edc", "P1"), plant("number", "odm unlinked SubjectKey")


def odm(at, key, items, status="CONFIRMED"):
    return (
        f'<SubjectData SubjectKey="{key}"><StudyEventData StudyEventOID="E"><FormData FormOID="F"><ItemGroupData ItemGroupOID="IG.DX" ItemGroupRepeatKey="1">'
        f'<ItemData ItemOID="IT.DX.ICD10" Value="K29.7"/><ItemData ItemOID="IT.DX.STATUS" Value="{status}"/>{items}'
        f'<ItemData ItemOID="IT.NAME" Value="{p(at + " ItemData")}"><Annotation SeqNum="1"><Comment>{p(at + " Comment")}</Comment></Annotation>'
        f'<AuditRecord><UserRef UserOID="{p(at + " UserRef")}"/><LocationRef LocationOID="L"/><DateTimeStamp>2026-01-01T00:00:00</DateTimeStamp>'
        f'<ReasonForChange>{p(at + " ReasonForChange")}</ReasonForChange><SourceID>{p(at + " SourceID")}</SourceID></AuditRecord></ItemData>'
        f'<ItemData ItemOID="{p(at + " ItemOID").replace("@", ".")}" Value="1"/><!-- {p(at + " XML comment")} -->'
        f'</ItemGroupData></FormData></StudyEventData><Annotation SeqNum="2"><Comment>{p(at + " Comment of a subject")}</Comment></Annotation></SubjectData>'
    )


def odm_file(name, at, subjects):
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><!-- {p(at + " XML comment before")} --><ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2" FileType="Snapshot" '
        f'FileOID="{name}" Originator="{p(at + " Originator")}" Description="{p(at + " Description")}" CreationDateTime="2026-04-01T12:00:00+09:00">'
        f'<Study OID="S"><GlobalVariables><StudyName>{p(at + " StudyName")}</StudyName><StudyDescription>x</StudyDescription><ProtocolName>x</ProtocolName></GlobalVariables></Study>'
        f'<AdminData><User OID="U"><LoginName>{p(at + " LoginName")}</LoginName><FullName>{p(at + " FullName")}</FullName><Email>{p(at + " Email")}</Email>'
        f'<Phone>{p(at + " Phone")}</Phone><Address><StreetName>{p(at + " StreetName")}</StreetName></Address></User></AdminData>'
        f'<ClinicalData StudyOID="S" MetaDataVersionOID="M">{subjects}</ClinicalData></ODM>'
    )
    return put(f"odm-{name}/{p(at + ' name of a file')}.xml", text)


ingest("odm", "edc", odm_file("good", "odm good", odm("odm good", number, "")))
bad = odm("odm unlinked", other, "") + odm("odm status", number, "", plant("romaji", "odm status"))
ingest("odm", "edc", odm_file("bad", "odm bad", bad))

# REDCap, with a profile that has comments.
number, other = person("redcap", "P1"), plant("number", "redcap unlinked record_id")
named = plant("romaji", "redcap name of a column").lower()
needles[named] = needles.pop(named.replace("urushiba", "Urushiba").replace("takanosuke", "Takanosuke"))
dictionary = (
    "field_name,form_name,field_type,field_label,select_choices_or_calculations,field_note,identifier,field_annotation\n"
    f"record_id,base,text,{p('redcap label')},,,,\nsex,base,radio,Sex,\"1, Male | 2, Female\",{p('redcap note')},,{p('redcap annotation')}\n"
    f"patient_name,base,text,Name,,,y,\nmemo,base,notes,Memo,,,,\n{named},base,text,x,,,,\n"
    "dx_icd10,diagnosis,text,x,,,,\ndx_status,diagnosis,radio,x,\"1, Confirmed | 2, Suspected\",,,\nscan,diagnosis,file,x,,,,\n"
)
columns = f"record_id,redcap_repeat_instrument,redcap_repeat_instance,redcap_survey_identifier,sex,patient_name,memo,{named},base_complete,dx_icd10,dx_status,scan,diagnosis_complete\n"


def redcap(at, key, sex="2", status="1"):
    return (
        f"{key},,,{p(at + ' survey identifier')},{sex},{p(at + ' identifier column')},{p(at + ' memo')},{p(at + ' other column')},2,,,,\n"
        f"{key},diagnosis,1,,,,,,,K29.7,{status},{p(at + ' file')},2\n"
    )


profile = (
    f"# {p('yaml comment')} made this profile, {p('yaml comment 2')}\nprofile: planted\nversion: \"1\"\nformat: redcap\nredcap: {{ dictionary: data_dictionary.csv }} # {p('yaml comment 3')}\n"
    "participant: { record: \"*\", number: record_id }\nsex: { record: row, value: { from: sex, via: [{ map: { \"1\": male, \"2\": female } }] } }\nrules:\n"
    "  - fact: disease\n    record: \"instrument:diagnosis\"\n    code: { from: dx_icd10, via: [icd10, { prefix: \"ICD10:\" }] }\n"
    "    status: { from: dx_status, via: [{ map: { \"1\": present, \"2\": suspected } }] }\n"
)
profile = put(f"profile-{p('name of the folder of a profile')}/site.yaml", profile)
for name, rows in {
    "good": redcap("redcap good", number),
    "bad": redcap("redcap unlinked", other) + redcap("redcap status", number, status=plant("romaji", "redcap status")),
}.items():
    put(f"redcap-{name}/data_dictionary.csv", dictionary)
    files = [put(f"redcap-{name}/{p('redcap name of a file ' + name)}.csv", columns + rows)]
    if name == "bad":
        gone = plant("number", "redcap deleted record")
        log = f"timestamp,username,action,details,record\n2026-04-01 10:00,{p('redcap log username')},Delete record {gone},\"patient_name = '{p('redcap log details')}'\",{gone}\n"
        files.append(put("redcap-bad/logging.csv", log))
    ingest(profile, "redcap", *files)

# FHIR.
number, other = person("fhir", "P1"), plant("number", "fhir unlinked number")


def fhir(at, value, gender="female", status="final"):
    of = {"reference": "urn:uuid:p", "display": p(at + " subject.display")}
    words = lambda member: {"status": "generated", "div": f"<div xmlns=\"http://www.w3.org/1999/xhtml\">{p(at + ' text of ' + member)}</div>"}  # noqa: E731
    patient = {
        "resourceType": "Patient", "id": plant("romaji", at + " Patient.id").lower(), "text": words("Patient"), "gender": gender, "birthDate": "1984-03-17",
        "identifier": [
            {"system": "urn:h", "value": value, "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
             "assigner": {"display": p(at + " assigner")}},
            {"system": "urn:insurance", "value": plant("insurance", at + " insurance"), "type": {"coding": [{"code": "MB"}], "text": p(at + " type.text")}},
        ],
        "name": [{"text": p(at + " name.text"), "family": p(at + " family"), "given": [p(at + " given")]}],
        "telecom": [{"system": "phone", "value": plant("phone", at + " telecom")}, {"system": "email", "value": plant("mail", at + " email")}],
        "address": [{"text": plant("address", at + " address"), "line": [p(at + " address.line")]}],
        "contact": [{"name": {"text": p(at + " contact.name")}}], "photo": [{"title": p(at + " photo"), "url": "https://planted.example/" + plant("romaji", at + " photo.url")}],
        "extension": [{"url": "urn:x", "valueString": p(at + " extension")}], "_birthDate": {"extension": [{"url": "urn:y", "valueString": p(at + " _birthDate")}]},
        "generalPractitioner": [{"display": p(at + " generalPractitioner")}], plant("romaji", at + " name of a member"): p(at + " value of a member"),
    }
    needles[patient["id"]] = needles.pop(patient["id"].replace("urushiba", "Urushiba").replace("takanosuke", "Takanosuke"))
    icd10 = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "K29.7"}]}
    condition = {
        "resourceType": "Condition", "id": "c1", "subject": of, "code": icd10, "text": words("Condition"), "note": [{"text": p(at + " note"), "authorString": p(at + " author")}],
        "recorder": {"display": p(at + " recorder")}, "asserter": {"display": p(at + " asserter")}, "evidence": [{"detail": [{"display": p(at + " evidence")}]}],
        "verificationStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "confirmed"}], "text": p(at + " verificationStatus.text")},
    }
    observation = {
        "resourceType": "Observation", "id": "o1", "status": status, "subject": of, "code": {"coding": [{"system": "http://loinc.org", "code": "2345-7"}]},
        "valueQuantity": {"value": 98.6, "unit": "mg/dL"}, "note": [{"text": p(at + " Observation.note")}], "performer": [{"display": p(at + " performer")}],
        "text": words("Observation"), "contained": [{"resourceType": "Practitioner", "id": "x", "name": [{"text": p(at + " contained name")}]}],
    }
    practitioner = {"resourceType": "Practitioner", "id": "d", "name": [{"text": p(at + " Practitioner.name")}]}
    resources = [patient, condition, observation, practitioner]
    entries = [{"fullUrl": "urn:uuid:p" if at == 0 else f"urn:uuid:{at}", "resource": resource} for at, resource in enumerate(resources)]
    bundle = {"resourceType": "Bundle", "type": "collection", "identifier": {"value": p(at + " Bundle.identifier")}, "entry": entries}
    return put(f"fhir-{len(calls)}/{p(at + ' name of a file')}.json", json.dumps(bundle, ensure_ascii=False))


ingest("fhir", "fhir", fhir("fhir good", number))
ingest("fhir", "fhir", fhir("fhir unlinked", other))
ingest("fhir", "fhir", fhir("fhir gender", number, gender=plant("romaji", "fhir gender")))
ingest("fhir", "fhir", fhir("fhir status", number, status=plant("romaji", "fhir status")))
ingest("fhir", "fhir", put("fhir-bad/bad.json", json.dumps({"resourceType": plant("romaji", "fhir resourceType"), "id": "1"})))
ingest("fhir", "fhir", put("fhir-cut/cut.json", '{"resourceType": "Patient", "name": "' + p("fhir cut file")))


# Phenopackets: JSON, and YAML with comments.
def packet(at, value, sex="FEMALE"):
    return {
        "id": value,
        "subject": {"id": p(at + " subject.id"), "alternateIds": [p(at + " alternateIds")], "sex": sex, "dateOfBirth": "1984-03-17T00:00:00Z", "name": p(at + " name"),
                    "address": {"line": p(at + " address")}, plant("romaji", at + " name of a member"): p(at + " value of a member")},
        "phenotypicFeatures": [{"type": {"id": "HP:0001250", "label": "Seizure"}, "description": p(at + " description"),
                                "evidence": [{"evidenceCode": {"id": "ECO:1", "label": "x"}, "reference": {"id": "PMID:1", "description": p(at + " reference")}}]}],
        "measurements": [{"description": p(at + " measurement"), "assay": {"id": "LOINC:2345-7", "label": "Glucose"},
                          "value": {"quantity": {"unit": {"id": "UCUM:mg/dL", "label": "mg/dL"}, "value": 98.6}}}],
        "files": [{"uri": "file:///" + plant("romaji", at + " files.uri"), "individualToFileIdentifiers": {p(at + " key of a map"): p(at + " value of a map")},
                   "fileAttributes": {"description": p(at + " file attribute")}}],
        "metaData": {"created": "2024-01-01T00:00:00Z", "createdBy": p(at + " createdBy"), "submittedBy": p(at + " submittedBy"), "phenopacketSchemaVersion": "2.0",
                     "updates": [{"timestamp": "2024-01-01T00:00:00Z", "updatedBy": p(at + " updatedBy"), "comment": p(at + " comment")}],
                     "externalReferences": [{"id": "PMID:1", "reference": p(at + " external"), "description": p(at + " external description")}],
                     "resources": [{"id": "hp", "name": "HPO", "url": "http://purl.obolibrary.org/obo/hp.obo", "version": "1", "namespacePrefix": "HP",
                                    "iriPrefix": "http://purl.obolibrary.org/obo/HP_"}]},
        plant("romaji", at + " name of a root member"): p(at + " value of a root member"),
    }


number, other = person("phenopacket", "P1"), plant("number", "packet unlinked id")
for at, content in {"packet good": packet("packet good", number), "packet unlinked": packet("packet unlinked", other),
                    "packet sex": packet("packet sex", number, plant("romaji", "packet sex"))}.items():
    ingest("phenopacket", None, put(f"{at.replace(' ', '-')}/{p(at + ' name of a file')}.json", json.dumps(content, ensure_ascii=False)))
text = f"# {p('packet yaml comment')}\n" + json.dumps(packet("packet yaml", person("phenopacket", "P2")), ensure_ascii=False, indent=1) + f"\n# {p('packet yaml comment 2')}\n"
ingest("phenopacket", None, put("packet-yaml/packet.yaml", text))


# MIABIS: JSON and CSV.
def miabis(at, value, sex="Female"):
    return {
        "donors": [{"id": value, "sex": sex, "name": p(at + " donor name"), "birthDate": "1984-03", plant("romaji", at + " name of a member"): p(at + " member")}],
        "samples": [{"id": f"S-{len(calls)}", "donorId": value, "sampleType": "DNA", "note": p(at + " sample note"), "useAndAccessConditions": [p(at + " use")],
                     plant("romaji", at + " name of a member of a sample"): p(at + " member of a sample")}],
        "contact": {"name": p(at + " contact"), "mail": plant("mail", at + " contact mail")},
    }


number, other = person("donors", "P1"), plant("number", "miabis unlinked donor")
for at, content in {"miabis good": miabis("miabis good", number), "miabis unlinked": miabis("miabis unlinked", other),
                    "miabis sex": miabis("miabis sex", number, plant("romaji", "miabis sex"))}.items():
    ingest("miabis", "donors", put(f"{at.replace(' ', '-')}/{p(at + ' name of a file')}.json", json.dumps(content, ensure_ascii=False)))
columns = f"id,donorId,donorSex,sampleType,{plant('romaji', 'miabis header')},note\n"
rows = f"C-1,{number},Female,DNA,{p('miabis column')},{p('miabis note')}\nC-2,{plant('number', 'miabis csv unlinked')},Female,DNA,{p('miabis column 2')},{p('miabis note 2')}\n"
ingest("miabis", "donors", put(f"miabis-csv/{p('miabis csv name of a file')}.csv", columns + rows))

# BFF and a table.
number = person("bff", "P1")
individual = {"id": number, "sex": {"id": "NCIT:C16576", "label": "female"}, "diseases": [{"diseaseCode": {"id": "OMIM:1", "label": "x"}, "notes": p("bff notes of a disease")}],
              "info": {"name": p("bff info"), plant("romaji", "bff name of a member"): 1}, "notes": p("bff notes")}
ingest("bff", "bff", put(f"bff/{p('bff name of a folder')}/individuals.json", json.dumps([individual, {**individual, "id": plant("number", "bff unlinked")}], ensure_ascii=False)))

print(json.dumps({"ingest": calls, "links": "\n".join(links) + "\n", "needles": needles}, ensure_ascii=False))
