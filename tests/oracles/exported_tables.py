"""Reads exported OMOP tables with pyarrow, without code of the gateway.

Argument: the folder of the Parquet files; optionally a folder for the same tables as CSV, with CONCEPT. Standard output: {"tables": {table: [row]}, "faults": [text],
"groups": {table: number of row groups}}. Dates are texts. The columns are compared with the Common Data Model 5.4 (I integer, D date, T timestamp, N number,
S text, ! required). In the CSV, `person_source_value` names a person by the year of birth."""
import csv, json, pathlib, sys

import pyarrow as pa
import pyarrow.parquet as pq

MODEL = """
PERSON person
person_id I! gender_concept_id I! year_of_birth I! month_of_birth I day_of_birth I birth_datetime T race_concept_id I! ethnicity_concept_id I! location_id I provider_id I care_site_id I person_source_value S gender_source_value S gender_source_concept_id I race_source_value S race_source_concept_id I ethnicity_source_value S ethnicity_source_concept_id I
CONDITION_OCCURRENCE condition_occurrence
condition_occurrence_id I! person_id I! condition_concept_id I! condition_start_date D! condition_start_datetime T condition_end_date D condition_end_datetime T condition_type_concept_id I! condition_status_concept_id I stop_reason S provider_id I visit_occurrence_id I visit_detail_id I condition_source_value S condition_source_concept_id I condition_status_source_value S
DRUG_EXPOSURE drug_exposure
drug_exposure_id I! person_id I! drug_concept_id I! drug_exposure_start_date D! drug_exposure_start_datetime T drug_exposure_end_date D! drug_exposure_end_datetime T verbatim_end_date D drug_type_concept_id I! stop_reason S refills I quantity N days_supply I sig S route_concept_id I lot_number S provider_id I visit_occurrence_id I visit_detail_id I drug_source_value S drug_source_concept_id I route_source_value S dose_unit_source_value S
PROCEDURE_OCCURRENCE procedure_occurrence
procedure_occurrence_id I! person_id I! procedure_concept_id I! procedure_date D! procedure_datetime T procedure_end_date D procedure_end_datetime T procedure_type_concept_id I! modifier_concept_id I quantity I provider_id I visit_occurrence_id I visit_detail_id I procedure_source_value S procedure_source_concept_id I modifier_source_value S
MEASUREMENT measurement
measurement_id I! person_id I! measurement_concept_id I! measurement_date D! measurement_datetime T measurement_time S measurement_type_concept_id I! operator_concept_id I value_as_number N value_as_concept_id I unit_concept_id I range_low N range_high N provider_id I visit_occurrence_id I visit_detail_id I measurement_source_value S measurement_source_concept_id I unit_source_value S unit_source_concept_id I value_source_value S measurement_event_id I meas_event_field_concept_id I
OBSERVATION observation
observation_id I! person_id I! observation_concept_id I! observation_date D! observation_datetime T observation_type_concept_id I! value_as_number N value_as_string S value_as_concept_id I qualifier_concept_id I unit_concept_id I provider_id I visit_occurrence_id I visit_detail_id I observation_source_value S observation_source_concept_id I unit_source_value S qualifier_source_value S value_source_value S observation_event_id I obs_event_field_concept_id I
SPECIMEN specimen
specimen_id I! person_id I! specimen_concept_id I! specimen_type_concept_id I! specimen_date D! specimen_datetime T quantity N unit_concept_id I anatomic_site_concept_id I disease_status_concept_id I specimen_source_id S specimen_source_value S unit_source_value S anatomic_site_source_value S disease_status_source_value S
CDM_SOURCE cdm_source
cdm_source_name S! cdm_source_abbreviation S! cdm_holder S! source_description S source_documentation_reference S cdm_etl_reference S source_release_date D! cdm_release_date D! cdm_version S cdm_version_concept_id I! vocabulary_version S!
"""
TYPES = {"I": [pa.int32()], "D": [pa.date32()], "T": [pa.timestamp("us")], "N": [pa.float64()], "S": [pa.string()]}
LONGEST = {"value_as_string": 60, "stop_reason": 20, "cdm_source_name": 255, "cdm_source_abbreviation": 25, "cdm_holder": 255, "source_description": 10**6,
           "cdm_version": 10, "vocabulary_version": 20}

folder = pathlib.Path(sys.argv[1])
lines = MODEL.strip().splitlines()
tables, faults, groups = {}, [], {}
expected_files = set()
for head, columns in zip(lines[::2], lines[1::2]):
    name = head.split()[1]
    expected_files.add(f"{name}.parquet")
    words = columns.split()
    expected = list(zip(words[::2], words[1::2]))
    file = pq.ParquetFile(folder / f"{name}.parquet")
    groups[name] = file.num_row_groups
    table = file.read()
    if table.schema.names != [column for column, _ in expected]:
        faults.append(f"{name}: columns {table.schema.names}")
        continue
    rows = table.to_pylist()
    for column, kind in expected:
        field = table.schema.field(column)
        if field.type not in TYPES[kind[0]] or field.nullable == kind.endswith("!"):
            faults.append(f"{name}.{column}: {field}")
        for row in rows:
            value = row[column]
            if kind.endswith("!") and value is None:
                faults.append(f"{name}.{column}: a row has no value")
            if isinstance(value, str) and len(value) > LONGEST.get(column, 50):
                faults.append(f"{name}.{column}: a text is too long")
    identity = expected[0][0]
    if name != "cdm_source" and [row[identity] for row in rows] != list(range(1, len(rows) + 1)):
        faults.append(f"{name}: the ids are not 1 to {len(rows)}")
    tables[name] = [{column: value.isoformat() if hasattr(value, "isoformat") else value for column, value in row.items() if value is not None} for row in rows]
found = {path.name for path in folder.iterdir()}
if found != expected_files:
    faults.append(f"files {sorted(found)}")
people = {row["person_id"]: row for row in tables.get("person", [])}
for name, rows in tables.items():
    faults += [f"{name}: a row of an unknown person" for row in rows if name != "cdm_source" and row["person_id"] not in people]
if len(sys.argv) > 2:
    target = pathlib.Path(sys.argv[2])
    target.mkdir()
    for head, columns in zip(lines[::2], lines[1::2]):
        name = head.split()[1]
        if name == "cdm_source":
            continue
        names = columns.split()[::2]
        with open(target / f"{name.upper()}.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            for row in tables[name]:
                if name == "person":
                    row = {**row, "person_source_value": f"year:{row['year_of_birth']}"}
                writer.writerow(row)
    # Tables of an institution come with the vocabulary. The reader takes the meaning of a condition from it.
    concepts = {row["condition_concept_id"] for row in tables["condition_occurrence"]} - {0}
    with open(target / "CONCEPT.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["concept_id", "concept_name", "domain_id"])
        writer.writerows([concept, f"Condition {concept}", "Condition"] for concept in sorted(concepts))
json.dump({"tables": tables, "faults": faults, "groups": groups}, sys.stdout)
