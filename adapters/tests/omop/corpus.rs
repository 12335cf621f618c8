//! A generator of OMOP tables, with the statements that the tables contain.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A linear congruential generator.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

/// The spelling of the files.
pub(crate) struct Style {
    delimiter: char,
    line_end: &'static str,
    mark: &'static str,
    is_upper: bool,
    seed: u64,
}

impl Style {
    pub(crate) fn random(seed: u64) -> Self {
        let mut random = Random(seed ^ 77);
        Self {
            delimiter: [',', '\t', ';'][random.below(3)],
            line_end: ["\n", "\r\n"][random.below(2)],
            mark: ["", "\u{feff}"][random.below(2)],
            is_upper: random.below(2) == 0,
            seed,
        }
    }
}

/// A row as pairs of column and cell.
type Row = Vec<(&'static str, String)>;

pub(crate) struct Corpus {
    tables: BTreeMap<&'static str, Vec<Row>>,
    plan: BTreeMap<String, Vec<String>>,
}

fn row(cells: &[(&'static str, &str)]) -> Row {
    cells.iter().map(|(name, text)| (*name, (*text).to_owned())).collect()
}

/// A condition: concept, status concept, status of the source, source value; the expected code and status.
const CONDITIONS: [[&str; 6]; 12] = [
    ["201826", "32893", "", "E11.9", "OMOP:201826", "present"],
    ["201826", "0", "", "E11.9", "OMOP:201826", "present"],
    ["201826", "", "", "E11.9", "OMOP:201826", "present"],
    ["201826", "0", "rule out", "E11.9", "OMOP:201826", "not-understood"],
    ["201826", "32899", "", "E11.9", "OMOP:201826", "suspected"],
    ["201826", "32906", "", "E11.9", "OMOP:201826", "history"],
    ["201826", "32890", "", "E11.9", "OMOP:201826", "not-understood"],
    ["201826", "99999999", "", "E11.9", "OMOP:201826", "not-understood"],
    [
        "0",
        "32893",
        "",
        "胃癌 の 疑い",
        "hospital-a.condition:胃癌%20の%20疑い",
        "suspected",
    ],
    ["0", "", "", "K29.7", "hospital-a.condition:K29.7", "present"],
    ["4167217", "32893", "", "Z80", "OMOP:4167217", "not-understood"],
    ["4021915", "32893", "", "Z85", "OMOP:4021915", "not-understood"],
];

/// A measurement: concept, operator, number, concept of the value, unit of the source; the expected status and value.
const MEASUREMENTS: [[&str; 7]; 6] = [
    ["3000963", "", "13.5", "", "g/dL", "present", "13.5 g/dL"],
    ["3000963", "4171756", "0.1", "", "mg/dL", "present", "<0.1 mg/dL"],
    ["3000963", "4171755", "200", "", "", "present", ">=200 g"],
    ["3000963", "12345", "7", "", "x", "not-understood", "7 x"],
    ["3000963", "4172703", "", "9189", "", "present", "OMOP:9189"],
    ["0", "", "5", "", "mm", "present", "5 mm"],
];

/// A drug: type; the expected status.
const DRUGS: [[&str; 2]; 4] = [
    ["32818", "present"],
    ["32838", "not-understood"],
    ["", "not-understood"],
    ["38000177", "not-understood"],
];

/// A procedure: type, modifier concept, modifier of the source; the expected status.
const PROCEDURES: [[&str; 4]; 4] = [
    ["32817", "0", "", "present"],
    ["32817", "4000001", "", "not-understood"],
    ["32817", "", "cancelled", "not-understood"],
    ["32833", "", "", "not-understood"],
];

/// An observation: concept, qualifier; the expected status.
const OBSERVATIONS: [[&str; 3]; 4] = [
    ["4275495", "", "present"],
    ["4275495", "4000002", "not-understood"],
    ["4171594", "", "not-understood"],
    ["4214956", "", "not-understood"],
];

/// The concepts: id, name, domain.
const CONCEPTS: [[&str; 3]; 13] = [
    ["201826", "Type 2 diabetes mellitus", "Condition"],
    ["4167217", "Family history of clinical finding", "Condition"],
    // A concept of another domain than the table.
    ["4021915", "Personal history of malignant neoplasm", "Observation"],
    ["3000963", "Hemoglobin [Mass/volume] in Blood", "Measurement"],
    ["9189", "Negative", "Meas Value"],
    ["8504", "g", "Unit"],
    ["1125315", "acetaminophen", "Drug"],
    ["4000000", "Biopsy of stomach", "Procedure"],
    ["4275495", "Tobacco smoking behavior", "Observation"],
    ["4171594", "Family history of malignant neoplasm of breast", "Observation"],
    ["4214956", "History of clinical finding in subject", "Observation"],
    ["4001225", "Blood specimen", "Specimen"],
    ["1", "山田太郎", "Person"],
];

impl Corpus {
    pub(crate) fn random(seed: u64, persons: usize) -> Self {
        let mut random = Random(seed);
        let mut tables: BTreeMap<&'static str, Vec<Row>> = BTreeMap::new();
        let mut plan: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut next = 0;
        let mut id = || {
            next += 1;
            next.to_string()
        };
        for at in 1..=persons {
            let person = (9000 + at).to_string();
            let who = format!("N-{at}");
            let lines = plan.entry(format!("P-{at}")).or_default();
            let mut put = |table: &'static str, row: Row| tables.entry(table).or_default().push(row);
            put(
                "PERSON",
                row(&[
                    ("person_id", &person),
                    ("gender_concept_id", ["8507", "8532", "0"][random.below(3)]),
                    ("year_of_birth", "1961"),
                    ("month_of_birth", "3"),
                    ("birth_datetime", "1961-03-17 00:00:00"),
                    ("race_source_value", "Planted Race"),
                    ("person_source_value", &who),
                    ("山田", "山田太郎"),
                ]),
            );
            put("VISIT_OCCURRENCE", row(&[("visit_occurrence_id", &id()), ("person_id", &person)]));
            if at == 1 {
                put(
                    "DEATH",
                    row(&[("person_id", &person), ("death_date", "2024-01-01"), ("cause_concept_id", "201826")]),
                );
            }
            for [concept, status, said, source, code, expected] in pick(&mut random, &CONDITIONS) {
                let day = format!("2023-0{}-1{}", 1 + random.below(9), random.below(9));
                put(
                    "CONDITION_OCCURRENCE",
                    row(&[
                        ("condition_occurrence_id", &id()),
                        ("person_id", &person),
                        ("condition_concept_id", concept),
                        ("condition_start_date", &day),
                        ("condition_type_concept_id", "32817"),
                        ("condition_status_concept_id", status),
                        ("condition_status_source_value", said),
                        ("condition_source_value", source),
                    ]),
                );
                lines.push(format!("disease|{code}|{expected}||{day}|{source}"));
            }
            for [concept, operator, number, value, unit, expected, shown] in pick(&mut random, &MEASUREMENTS) {
                put(
                    "MEASUREMENT",
                    row(&[
                        ("measurement_id", &id()),
                        ("person_id", &person),
                        ("measurement_concept_id", concept),
                        ("measurement_date", "2023-05-06"),
                        ("operator_concept_id", operator),
                        ("value_as_number", number),
                        ("value_as_concept_id", value),
                        ("unit_concept_id", "8504"),
                        ("unit_source_value", unit),
                        ("measurement_source_value", "2A030"),
                    ]),
                );
                let code = match concept {
                    "0" => "hospital-a.measurement:2A030".to_owned(),
                    _ => format!("OMOP:{concept}"),
                };
                lines.push(format!("measurement|{code}|{expected}|{shown}|2023-05-06|2A030"));
            }
            for [kind, expected] in pick(&mut random, &DRUGS) {
                put(
                    "DRUG_EXPOSURE",
                    row(&[
                        ("drug_exposure_id", &id()),
                        ("person_id", &person),
                        ("drug_concept_id", "1125315"),
                        ("drug_exposure_start_date", "2023-05-06"),
                        ("drug_type_concept_id", kind),
                        ("drug_source_value", "1141007"),
                    ]),
                );
                lines.push(format!("treatment|OMOP:1125315|{expected}|||1141007"));
            }
            for [kind, modifier, said, expected] in pick(&mut random, &PROCEDURES) {
                put(
                    "PROCEDURE_OCCURRENCE",
                    row(&[
                        ("procedure_occurrence_id", &id()),
                        ("person_id", &person),
                        ("procedure_concept_id", "4000000"),
                        ("procedure_date", "2023-05-06"),
                        ("procedure_type_concept_id", kind),
                        ("modifier_concept_id", modifier),
                        ("modifier_source_value", said),
                        ("procedure_source_value", "D414"),
                    ]),
                );
                lines.push(format!("procedure|OMOP:4000000|{expected}|||D414"));
            }
            for [concept, qualifier, expected] in pick(&mut random, &OBSERVATIONS) {
                put(
                    "OBSERVATION",
                    row(&[
                        ("observation_id", &id()),
                        ("person_id", &person),
                        ("observation_concept_id", concept),
                        ("observation_date", "2023-05-06"),
                        ("value_as_string", "20 per day"),
                        ("qualifier_concept_id", qualifier),
                        ("observation_source_value", "SMK"),
                    ]),
                );
                lines.push(format!("measurement|OMOP:{concept}|{expected}|20 per day|2023-05-06|SMK"));
            }
            let specimen = format!("SP-{at}");
            put(
                "SPECIMEN",
                row(&[
                    ("specimen_id", &id()),
                    ("person_id", &person),
                    ("specimen_concept_id", "4001225"),
                    ("specimen_date", "2023-05-06"),
                    ("specimen_source_id", &specimen),
                    ("anatomic_site_concept_id", "0"),
                ]),
            );
            lines.push(format!("specimen|{specimen}|OMOP:4001225"));
            lines.sort();
            // Equal statements of one person are stored once.
            lines.dedup();
        }
        for [id, name, domain] in CONCEPTS {
            let cells = [
                ("concept_id", id),
                ("concept_name", name),
                ("domain_id", domain),
                ("vocabulary_id", "x"),
            ];
            tables.entry("CONCEPT").or_default().push(row(&cells));
        }
        Self { tables, plan }
    }

    pub(crate) fn plan(&self) -> BTreeMap<String, Vec<String>> {
        self.plan.clone()
    }

    /// The file of a table in this spelling.
    pub(crate) fn text(&self, table: &str, style: &Style) -> String {
        let mut random = Random(style.seed ^ 5);
        let mut rows = self.tables[table].clone();
        let mut columns: Vec<&str> = rows[0].iter().map(|(name, _)| *name).collect();
        random.shuffle(&mut columns);
        random.shuffle(&mut rows);
        let cell = |text: &str| match text.contains([',', ';', '\t', ' ']) {
            true => format!("\"{text}\""),
            false => text.to_owned(),
        };
        let separator = style.delimiter.to_string();
        let head: Vec<String> = columns
            .iter()
            .map(|name| if style.is_upper { name.to_uppercase() } else { (*name).to_owned() })
            .collect();
        let mut text = format!("{}{}{}", style.mark, head.join(&separator), style.line_end);
        for row in rows {
            let cells: BTreeMap<&str, String> = row.into_iter().collect();
            let line: Vec<String> = columns.iter().map(|name| cell(&cells[name])).collect();
            text += &format!("{}{}", line.join(&separator), style.line_end);
        }
        text
    }

    /// Writes all tables, and two files that are no tables of statements.
    pub(crate) fn write(&self, folder: &Path, style: &Style) {
        for table in self.tables.keys() {
            let name = if style.is_upper {
                (*table).to_owned()
            } else {
                table.to_lowercase()
            };
            fs::write(folder.join(format!("{name}.csv")), self.text(table, style)).unwrap();
        }
        fs::write(folder.join("note.csv"), "note_id,note_text\n1,x\n").unwrap();
        fs::write(folder.join("README.md"), "x").unwrap();
    }
}

/// One to three of the entries, each once.
fn pick<const N: usize, const M: usize>(random: &mut Random, list: &[[&'static str; N]; M]) -> Vec<[&'static str; N]> {
    let mut all = list.to_vec();
    random.shuffle(&mut all);
    all.truncate(1 + random.below(3));
    all
}
