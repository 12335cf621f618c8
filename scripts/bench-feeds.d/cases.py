"""Writes the same synthetic cases in each format. A case has 200 facts: three diagnoses and 197 results of measurements, as far as the format has them."""

import json
import os

FACTS = 200
NAMESPACE = {"phenopacket": "phenopacket"}
# The share of the cases that a format gets: a result of a single message is a unit and a commit of its own.
SHARE = {"hl7 messages": 10}
HEAD = "MSH|^~\\&|HIS|HOSPITAL-A|||20260401100000||{kind}|C{number}|P|2.5||||||UNICODE UTF-8\rPID|1||{number}^^^^PI||||19840310|F\r"


def number(case):
    return f"{case:07}"


def value(case, at):
    return f"{(case * 7 + at) % 500 / 10:.1f}"


def diagnoses():
    return ["K29.7", "I10", "E11.9"]


def results():
    return [f"{at:05}" for at in range(FACTS - len(diagnoses()))]


def packet(case):
    return {
        "id": number(case),
        "subject": {"id": f"s{case}", "sex": "FEMALE"},
        "diseases": [{"term": {"id": f"ICD10:{code}", "label": "disease"}} for code in diagnoses()],
        "measurements": [
            {
                "assay": {"id": f"LOINC:{code}-1", "label": "assay"},
                "value": {"quantity": {"unit": {"id": "UCUM:g/dL", "label": "g/dL"}, "value": float(value(case, at))}},
                "timeObserved": {"timestamp": "2026-04-01T00:00:00Z"},
            }
            for at, code in enumerate(results())
        ],
        "metaData": {"phenopacketSchemaVersion": "2.0", "created": "2026-04-01T00:00:00Z", "createdBy": "x", "resources": []},
    }


def phenopacket(folder, cases):
    path = os.path.join(folder, "packets.jsonl")
    with open(path, "w") as file:
        file.writelines(json.dumps(packet(case)) + "\n" for case in range(cases))
    return "phenopacket", [path]


def problems(case):
    text = HEAD.format(kind="PPR^ZD1^PPR_ZD1", number=number(case))
    for at, code in enumerate(diagnoses(), 1):
        text += f"PRB|AD|20260401|2005417{at}^x^MDCDX2|{at}||||||{code.replace('.', '')}^^I10||||||20230510\r"
    return text


def order(case):
    text = HEAD.format(kind="OUL^R22^OUL_R22", number=number(case))
    text += "SPM|1|||023^serum^JC10|||||||||||||20260401\rOBR|1|1|||B^C^L|||20260401\rORC|SC|1\r"
    for at, code in enumerate(results(), 1):
        text += f"OBX|{at}|NM|{code}^assay^L||{value(case, at)}|g/dL|||||F\r"
    return text


def ss_mix2(folder, cases):
    """A standardized storage with two files for each case: the problems, and the results of one order. A file is one unit."""
    for case in range(cases):
        patient = number(case)
        for care, kind, own, text in (("-", "PPR-01", "9" * 15, problems(case)), ("20260401", "OML-11", f"{1:015}", order(case))):
            place = os.path.join(folder, patient[:3], patient[3:6], patient, care, kind)
            os.makedirs(place)
            with open(os.path.join(place, f"{patient}_{care}_{kind}_{own}_20260401100000000_-_1"), "w") as file:
                file.write(text)
    return "ss-mix2", [folder]


def messages(folder, cases):
    """Two single messages for each case. Each result of a single message is a unit of its own, because another message can report it again."""
    for case in range(cases):
        for name, text in (("p", problems(case)), ("r", order(case))):
            with open(os.path.join(folder, f"{case:07}-{name}.hl7"), "w") as file:
                file.write(text)
    return "ss-mix2", [folder]


def odm(folder, cases):
    path = os.path.join(folder, "subjects.xml")
    with open(path, "w") as file:
        file.write(
            '<?xml version="1.0"?><ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2" FileType="Snapshot" FileOID="F" '
            'CreationDateTime="2026-04-01T10:00:00+09:00"><ClinicalData StudyOID="S" MetaDataVersionOID="M">'
        )
        for case in range(cases):
            groups = "".join(
                f'<ItemGroupData ItemGroupOID="IG.DX" ItemGroupRepeatKey="{at}"><ItemData ItemOID="IT.DX.ICD10" Value="{code}"/>'
                '<ItemData ItemOID="IT.DX.STATUS" Value="CONFIRMED"/></ItemGroupData>'
                for at, code in enumerate(diagnoses(), 1)
            )
            groups += "".join(
                f'<ItemGroupData ItemGroupOID="IG.LB" ItemGroupRepeatKey="{at}"><ItemData ItemOID="IT.LB.JLAC10" Value="3A{at:03}000002327102"/>'
                f'<ItemData ItemOID="IT.LB.RESULT" Value="{value(case, at)}"/><ItemData ItemOID="IT.LB.UNIT" Value="g/dL"/></ItemGroupData>'
                for at, code in enumerate(results(), 1)
            )
            file.write(
                f'<SubjectData SubjectKey="{number(case)}"><StudyEventData StudyEventOID="E"><FormData FormOID="F">{groups}</FormData>'
                "</StudyEventData></SubjectData>\n"
            )
        file.write("</ClinicalData></ODM>")
    return "odm", [path]


def redcap(folder, cases):
    with open(os.path.join(folder, "data_dictionary.csv"), "w") as file:
        file.write(
            "field_name,form_name,field_type,select_choices_or_calculations,identifier\nrecord_id,base,text,,\n"
            "dx_icd10,diagnosis,text,,\nlb_code,labs,text,,\nlb_value,labs,text,,\n"
        )
    profile = os.path.join(folder, "profile.yaml")
    with open(profile, "w") as file:
        file.write(
            'profile: bench-redcap\nversion: "1"\nformat: redcap\nredcap: { dictionary: data_dictionary.csv }\n'
            'participant: { record: "*", number: record_id }\nrules:\n'
            '  - fact: disease\n    record: "instrument:diagnosis"\n    code: { from: dx_icd10, via: [icd10, { prefix: "ICD10:" }] }\n'
            '  - fact: measurement\n    record: "instrument:labs"\n    code: { from: lb_code, via: [{ prefix: "L:" }] }\n'
            '    value: { quantity: lb_value, unit: { const: g/dL } }\n'
        )
    path = os.path.join(folder, "records.csv")
    with open(path, "w") as file:
        file.write("record_id,redcap_repeat_instrument,redcap_repeat_instance,dx_icd10,diagnosis_complete,lb_code,lb_value,labs_complete\n")
        for case in range(cases):
            file.writelines(f"{number(case)},diagnosis,{at},{code},2,,,\n" for at, code in enumerate(diagnoses(), 1))
            file.writelines(f"{number(case)},labs,{at},,,{code},{value(case, at)},2\n" for at, code in enumerate(results(), 1))
    return profile, [path]


def fhir(folder, cases):
    """One Bundle of each patient, as lines."""
    path = os.path.join(folder, "bundles.ndjson")
    system = "http://terminology.hl7.org/CodeSystem/"
    with open(path, "w") as file:
        for case in range(cases):
            subject = {"reference": f"Patient/{case}"}
            made = [{"resourceType": "Patient", "id": str(case), "identifier": [{"value": number(case)}], "gender": "female"}]
            made += [
                {
                    "resourceType": "Condition", "id": f"c{case}-{at}", "subject": subject,
                    "clinicalStatus": {"coding": [{"system": system + "condition-clinical", "code": "active"}]},
                    "verificationStatus": {"coding": [{"system": system + "condition-ver-status", "code": "confirmed"}]},
                    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": code, "display": "disease"}]},
                }
                for at, code in enumerate(diagnoses())
            ]  # fmt: skip
            made += [
                {
                    "resourceType": "Observation", "id": f"o{case}-{at}", "status": "final", "subject": subject,
                    "code": {"coding": [{"system": "http://loinc.org", "code": f"{code}-1", "display": "assay"}]},
                    "effectiveDateTime": "2026-04-01T09:00:00+09:00",
                    "valueQuantity": {"value": float(value(case, at)), "unit": "g/dL", "system": "http://unitsofmeasure.org", "code": "g/dL"},
                }
                for at, code in enumerate(results())
            ]  # fmt: skip
            bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource} for resource in made]}
            file.write(json.dumps(bundle) + "\n")
    return "fhir", [path]


def bff(folder, cases):
    path = os.path.join(folder, "individuals.json")
    with open(path, "w") as file:
        file.write("[\n")
        for case in range(cases):
            individual = {
                "id": number(case), "sex": {"id": "NCIT:C16576", "label": "female"},
                "diseases": [{"diseaseCode": {"id": f"ICD10:{code}", "label": "disease"}} for code in diagnoses()],
                "measures": [
                    {
                        "assayCode": {"id": f"LOINC:{code}-1", "label": "assay"}, "date": "2026-04-01",
                        "measurementValue": {"quantity": {"value": float(value(case, at)), "unit": {"id": "UCUM:g/dL", "label": "g/dL"}}},
                    }
                    for at, code in enumerate(results())
                ],
            }  # fmt: skip
            file.write(json.dumps(individual) + ("\n" if case == cases - 1 else ",\n"))
        file.write("]")
    return "bff", [path]


def omop(folder, cases):
    with open(os.path.join(folder, "PERSON.csv"), "w") as people, open(os.path.join(folder, "CONDITION_OCCURRENCE.csv"), "w") as conditions:
        with open(os.path.join(folder, "MEASUREMENT.csv"), "w") as measurements:
            people.write("person_id,person_source_value,gender_concept_id\n")
            conditions.write(
                "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,condition_type_concept_id,condition_status_concept_id,"
                "condition_source_value\n"
            )
            measurements.write(
                "measurement_id,person_id,measurement_concept_id,measurement_date,value_as_number,unit_source_value,measurement_source_value\n"
            )
            for case in range(cases):
                people.write(f"{case},{number(case)},8532\n")
                for at, code in enumerate(diagnoses()):
                    conditions.write(f"{case * FACTS + at},{case},0,2026-04-01,32817,32893,{code}\n")
                for at, code in enumerate(results()):
                    measurements.write(f"{case * FACTS + at},{case},0,2026-04-01,{value(case, at)},g/dL,{code}\n")
    # A table without rows is a file with its header.
    for name in ("observation", "procedure_occurrence", "drug_exposure", "specimen"):
        with open(os.path.join(folder, f"{name.upper()}.csv"), "w") as file:
            file.write(f"{name}_id,person_id,{name.split('_')[0]}_concept_id\n")
    return "omop", [folder]


WRITERS = {"phenopacket": phenopacket, "ss-mix2": ss_mix2, "hl7 messages": messages, "odm": odm, "redcap": redcap, "fhir": fhir, "bff": bff, "omop": omop}
