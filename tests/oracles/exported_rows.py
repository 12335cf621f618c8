"""Compares exported OMOP tables with the tables of a hospital that were ingested, row by row, with pyarrow and without code of the gateway.

Standard input: {"inputs": folder of CSV tables, "donors": file of MIABIS in JSON, "tables": folder of Parquet files, "numbers": numbers of the persons that
must be there}. The year of birth names a person, in the donors and in the table. Standard output: {"compared": rows, "differing": [text]}, or
{"skipped": text} if pyarrow is not installed."""
import csv, json, pathlib, sys
from collections import Counter

given = json.load(sys.stdin)
try:
    import pyarrow.parquet as pq
except ImportError:
    json.dump({"skipped": "pyarrow is not installed"}, sys.stdout)
    sys.exit()

inputs, tables = pathlib.Path(given["inputs"]), pathlib.Path(given["tables"])
bank = json.loads(pathlib.Path(given["donors"]).read_bytes())
years = {donor["id"]: int(donor["birthDate"][:4]) for donor in bank["donors"]}


def rows_of(name):
    with open(inputs / f"{name}.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


persons = {row["person_id"]: row for row in rows_of("PERSON") if row["person_source_value"] in given["numbers"]}
year_of = {id: years[row["person_source_value"]] for id, row in persons.items()}
exported_people = {row["person_id"]: row for row in pq.read_table(tables / "person.parquet").to_pylist()}
COLUMNS = {
    "condition_occurrence": ("condition_concept_id", "condition_source_value", "condition_start_date"),
    "measurement": ("measurement_concept_id", "measurement_source_value", "measurement_date", "value_as_number", "unit_source_value"),
    "procedure_occurrence": ("procedure_concept_id", "procedure_source_value", "procedure_date"),
    "drug_exposure": ("drug_concept_id", "drug_source_value", "drug_exposure_start_date", "drug_exposure_end_date", "drug_type_concept_id"),
}


def cell(value):
    """A value as text; a number without its form."""
    text = "" if value is None else str(value)
    try:
        return repr(float(text))
    except ValueError:
        return text


compared, differing = 0, []
for name, columns in COLUMNS.items():
    # A row without its day, or with a status, type or modifier that states no present statement, is in no table.
    def counts(row):
        day = row[columns[2]]
        plain = row.get("condition_status_concept_id", "") in ("", "0") and row.get("modifier_source_value", "") == ""
        done = row.get("drug_type_concept_id", "32818") == "32818" and row.get("procedure_type_concept_id", "32817") == "32817"
        ended = row.get("drug_exposure_end_date", "-") != ""
        return len(day) == 10 and plain and done and ended

    expected = Counter()
    for row in rows_of(name.upper()):
        if row["person_id"] in persons and counts(row):
            expected[(year_of[row["person_id"]], *(cell(row[column]) for column in columns))] += 1
    found = Counter()
    for row in pq.read_table(tables / f"{name}.parquet").to_pylist():
        found[(exported_people[row["person_id"]]["year_of_birth"], *(cell(row[column]) for column in columns))] += 1
    compared += sum(expected.values())
    differing += [f"{name}: missing {row}" for row in (expected - found)] + [f"{name}: more {row}" for row in (found - expected)]
wanted = Counter((year_of[id], {"8507": 8507, "8532": 8532}.get(row["gender_concept_id"], 0)) for id, row in persons.items())
found = Counter((row["year_of_birth"], row["gender_concept_id"]) for row in exported_people.values())
if wanted != found:
    differing.append(f"person: {wanted} {found}")
samples = Counter((years[s["donorId"]], s["creationTime"]) for s in bank["samples"] if s["donorId"] in given["numbers"] and len(s.get("creationTime", "")) == 10)
found = Counter((exported_people[row["person_id"]]["year_of_birth"], row["specimen_date"].isoformat()) for row in pq.read_table(tables / "specimen.parquet").to_pylist())
compared += sum(samples.values())
if samples != found:
    differing.append(f"specimen: {samples} {found}")
json.dump({"compared": compared, "differing": differing}, sys.stdout)
