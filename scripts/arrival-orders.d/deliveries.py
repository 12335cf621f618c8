"""Deliveries of six feeds about three synthetic people: P1 has corrections and deletions in every format, the hospital deletes the record of P2, and
deletes and makes again the record of P3."""

import json
import os

DATASET, SITE = "rare-disease", "hospital-a"
NUMBERS = [
    (SITE, namespace, number, f"P{person}")
    for person in (1, 2, 3)
    for namespace, number in [
        ("mrn", f"000000{person}"),
        ("edc", f"S-00{person}"),
        ("redcap", str(person)),
        ("fhir", f"F{person}"),
        ("phenopacket", f"case-{person}"),
        ("donors", f"D{person}"),
    ]
]
HEAD = "MSH|^~\\&|HIS|HOSPITAL-A|||{time}||{kind}|C{time}|P|2.5||||||UNICODE UTF-8\rPID|1||000000{person}^^^^PI||||1984031{person}|F\r"


def time(minute):
    """17 digits of Japanese time."""
    return f"2026040110{minute:02}00000"


def results(person, order, minute, values):
    """A message with the results of an order: the analyte, the value and the status of each."""
    text = HEAD.format(time=time(minute)[:14], kind="OUL^R22^OUL_R22", person=person)
    text += f"SPM|1|||023^serum^JC10|||||||||||||20260401\rOBR|1|{order}||B^C^L|||20260401\rORC|SC|{order}\r"
    for at, (analyte, value, status) in enumerate(values, 1):
        text += f"OBX|{at}|NM|{analyte}^{analyte}^L||{value}|g/dL|||||{status}\r"
    return text


def problems(person, minute, codes):
    """A message with the list of all problems."""
    text = HEAD.format(time=time(minute)[:14], kind="PPR^ZD1^PPR_ZD1", person=person)
    for at, code in enumerate(codes, 1):
        text += f"PRB|AD|20260401|2005417{at}^x^MDCDX2|{at}||||||{code}^^I10||||||20230510\r"
    return text


def basic(person, minute, event):
    return HEAD.format(time=time(minute)[:14], kind=f"ADT^{event}", person=person) + "PV1|1|O\r"


def write(folder):
    """Writes the files. Returns the deliveries in their canonical order: the arguments of `ingest` for each."""
    made = []

    def put(name, text):
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return path

    def deliver(profile, namespace, paths, exported=None):
        words = ["ingest", "--dataset", DATASET, "--profile", profile, "--site", SITE]
        words += ["--namespace", namespace] if profile != "phenopacket" else []
        words += ["--exported-at", exported] if exported else []
        made.append(words + paths)

    def transaction(minute, operation, message):
        root = os.path.join(folder, f"transactions-{minute:02}")
        put(f"transactions-{minute:02}/2026/TR_{time(minute)}_00001.DAT", f"{operation} {time(minute)}\r\n{message}\r\n")
        deliver("ss-mix2", "mrn", [root])

    def message(name, text):
        deliver("ss-mix2", "mrn", [put(f"messages/{name}.hl7", text)])

    # The transactions of a storage.
    for person in (1, 2, 3):
        transaction(person, "INS", basic(person, person, "A08"))
        transaction(3 + person, "INS", results(person, 1, 3 + person, [("A", f"{person}.10", "F"), ("B", "2", "P")]))
    transaction(7, "INS", results(1, 1, 7, [("A", "1.20", "C")]))
    transaction(8, "INS", results(1, 2, 8, [("C", "3", "F")]))
    transaction(9, "DEL", results(1, 2, 9, [("C", "3", "F")]))
    transaction(10, "INS", problems(1, 10, ["K297", "C169"]))
    transaction(11, "INS", problems(1, 11, ["K297"]))
    transaction(12, "INS", problems(2, 12, ["I10"]))
    transaction(13, "INS", basic(2, 13, "A23"))
    transaction(14, "INS", basic(3, 14, "A23"))
    transaction(15, "INS", basic(3, 15, "A08"))
    transaction(16, "INS", problems(3, 16, ["E119"]))
    # An older copy of the standardized storage, with the first version of the first order.
    name = f"0000001_20260401_OML-11_000000000000001_{time(4)}_-_1"
    put(f"storage/000/000/0000001/20260401/OML-11/{name}", results(1, 1, 4, [("A", "1.10", "F"), ("B", "2", "P")]))
    deliver("ss-mix2", "mrn", [os.path.join(folder, "storage")])
    # Single messages: a correction of one result, and the deletion of another.
    message("first", results(1, 50, 20, [("D", "4", "F"), ("E", "5", "P"), ("G", "7", "F")]))
    message("second", results(1, 50, 21, [("E", "5.5", "F"), ("F", "6", "F")]))
    message("third", results(1, 50, 22, [("G", "7", "D")]))

    # ODM: each call has the snapshot and the changes so far.
    def odm(name, kind, minute, subjects):
        return put(
            f"odm/{name}.xml",
            f'<?xml version="1.0"?><ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2" FileType="{kind}" FileOID="{name}" '
            f'CreationDateTime="2026-04-01T10:{minute:02}:00+09:00"><ClinicalData StudyOID="S" MetaDataVersionOID="M">{subjects}</ClinicalData></ODM>',
        )

    def subject(person, change, group, items):
        data = "".join(f'<ItemData ItemOID="{item}" Value="{value}"/>' for item, value in items.items())
        return (
            f'<SubjectData SubjectKey="S-00{person}"{change}><StudyEventData StudyEventOID="E"><FormData FormOID="F">'
            f'<ItemGroupData ItemGroupOID="{group}" ItemGroupRepeatKey="1">{data}</ItemGroupData></FormData></StudyEventData></SubjectData>'
        )

    update = ' TransactionType="Update"'
    disease = {"IT.DX.ICD10": "K29.7", "IT.DX.STATUS": "SUSPECTED"}
    base = odm("snapshot", "Snapshot", 1, "".join(subject(person, "", "IG.DX", disease) for person in (1, 2, 3)))
    second = odm("second", "Transactional", 2, subject(1, update, "IG.DX", {"IT.DX.STATUS": "CONFIRMED"}))
    third = odm("third", "Transactional", 3, '<SubjectData SubjectKey="S-003" TransactionType="Remove"/>')
    for files in ([base], [base, second], [base, second, third]):
        deliver("odm", "edc", files)

    # REDCap has no versions, so the time of each export is stated.
    columns = "record_id,redcap_repeat_instrument,redcap_repeat_instance,sex,dx_icd10,dx_status,diagnosis_complete\n"
    dictionary = (
        "field_name,form_name,field_type,select_choices_or_calculations,identifier\nrecord_id,base,text,,\n"
        "sex,base,radio,\"1, Male | 2, Female\",\ndx_icd10,diagnosis,text,,\ndx_status,diagnosis,radio,\"1, Confirmed | 2, Suspected\",\n"
    )
    profile = put(
        "redcap/profile.yaml",
        "profile: arrival-redcap\nversion: \"1\"\nformat: redcap\nredcap: { dictionary: data_dictionary.csv }\n"
        "participant: { record: \"*\", number: record_id }\n"
        "sex: { record: row, value: { from: sex, via: [{ map: { \"1\": male, \"2\": female } }] } }\n"
        "rules:\n  - fact: disease\n    record: \"instrument:diagnosis\"\n    code: { from: dx_icd10, via: [icd10, { prefix: \"ICD10:\" }] }\n"
        "    status: { from: dx_status, via: [{ map: { \"1\": present, \"2\": suspected } }] }\n",
    )
    exports = {
        1: "1,,,2,,,\n1,diagnosis,1,,K29.7,2,2\n2,,,2,,,\n2,diagnosis,1,,I10,1,2\n3,,,2,,,\n3,diagnosis,1,,E11.9,1,2\n",
        2: "1,,,2,,,\n1,diagnosis,1,,K29.7,1,2\n1,diagnosis,2,,C16.9,1,2\n2,,,2,,,\n2,diagnosis,1,,I10,1,2\n",
    }
    for day, rows in exports.items():
        put(f"redcap/{day}/data_dictionary.csv", dictionary)
        files = [put(f"redcap/{day}/records.csv", columns + rows)]
        if day == 2:
            log = 'timestamp,username,action,details,record\n2026-04-02 09:00,u,Delete record 3,"record_id = \'3\'",3\n'
            files.append(put("redcap/2/logging.csv", log))
        deliver(profile, "redcap", files, f"2026-04-0{day}T12:00:00+09:00")

    # FHIR: all resources of the patients in each call; their latest time is the version.
    def bundle(day, of_person):
        entries = []
        for person, codes in of_person.items():
            meta = {"lastUpdated": f"2026-04-0{day}T00:00:00Z"}
            of = {"reference": f"urn:uuid:{person}"}
            patient = {"resourceType": "Patient", "meta": meta, "identifier": [{"system": "urn:h", "value": f"F{person}"}], "gender": "female"}
            entries.append({"fullUrl": f"urn:uuid:{person}", "resource": patient})
            for at, code in enumerate(codes):
                coding = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": code}]}
                confirmed = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "confirmed"}]}
                condition = {"resourceType": "Condition", "id": f"c{person}-{at}", "meta": meta, "subject": of, "code": coding, "verificationStatus": confirmed}
                entries.append({"resource": condition})
        return put(f"fhir/{day}.json", json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))

    deliver("fhir", "fhir", [bundle(1, {1: ["K29.7", "C16.9"], 2: ["I10"], 3: ["E11.9"]})])
    deliver("fhir", "fhir", [bundle(2, {1: ["K29.7"]})])
    deliver("fhir", "fhir", [bundle(3, {1: ["K29.7", "C18.9"], 3: []})])

    # Phenopackets and a biobank's list have no versions either.
    for day, (features, position) in {1: (["HP:0001250", "HP:0000252"], "1000"), 2: (["HP:0001250"], "2000")}.items():
        allele = {"vcfRecord": {"genomeAssembly": "GRCh38", "chrom": "1", "pos": position, "ref": "A", "alt": "C"}}
        finding = {"subjectOrBiosampleId": "case-1", "variantInterpretation": {"variationDescriptor": allele}}
        packet = {
            "id": "case-1",
            "subject": {"id": "case-1", "sex": "FEMALE"},
            "phenotypicFeatures": [{"type": {"id": code, "label": "a feature"}} for code in features],
            "interpretations": [
                {"id": "i", "progressStatus": "SOLVED", "diagnosis": {"disease": {"id": "OMIM:1", "label": "x"}, "genomicInterpretations": [finding]}}
            ],
            "metaData": {
                "created": "2026-01-01T00:00:00Z",
                "createdBy": "a test",
                "phenopacketSchemaVersion": "2.0",
                "resources": [
                    {"id": "hp", "name": "HPO", "url": "http://purl.obolibrary.org/obo/hp.obo", "version": "2026-01-01", "namespacePrefix": "HP",
                     "iriPrefix": "http://purl.obolibrary.org/obo/HP_"}
                ],
            },
        }
        deliver("phenopacket", "phenopacket", [put(f"packets/{day}.json", json.dumps(packet))], f"2026-04-0{day}")
    donors = {
        1: [{"id": "D1", "sex": "Female", "samples": ["X1", "X2"]}, {"id": "D2", "sex": "Female", "samples": ["X3"]}],
        2: [{"id": "D1", "sex": "Female", "samples": ["X1"]}, {"id": "D2", "deleted": True, "samples": []}],
    }
    for day, listed in donors.items():
        sheet = {
            "donors": [{key: value for key, value in donor.items() if key != "samples"} for donor in listed],
            "samples": [{"id": sample, "donorId": donor["id"], "sampleType": "DNA"} for donor in listed for sample in donor["samples"]],
        }
        deliver("miabis", "donors", [put(f"biobank/{day}.json", json.dumps(sheet))], f"2026-04-0{day}")
    return made
