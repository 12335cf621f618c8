//! The sample sheet: the files to load and their owners.
//!
//! * The columns are `dataset,participant,specimen,family,sex,assembly,path[,index_path][,data_kind][,qc][,site][,samples_path]`, in any
//!   order, with a header line.
//! * A joint file has no participant and names a second sheet, `sample,participant,specimen,family,sex[,site]`.
//! * Paths are relative to the sheet that names them.
//! * All rows are checked before a file is stored. A bad row does not stop the good rows.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use gemj_model::identifier::IdentifierError;
use gemj_model::{Assembly, DataKind, DatasetId, FamilyId, Origin, ParticipantId, Sex, SiteId, SpecimenId};

/// The maximum size of a sheet, in bytes.
const MAX_SHEET_BYTES: u64 = 256 * 1024 * 1024;

const SHEET_COLUMNS: [&str; 12] = [
    "dataset",
    "participant",
    "specimen",
    "family",
    "sex",
    "assembly",
    "path",
    "index_path",
    "data_kind",
    "qc",
    "site",
    "samples_path",
];
const SHEET_NEEDED: [&str; 4] = ["dataset", "participant", "assembly", "path"];
const SAMPLE_COLUMNS: [&str; 6] = ["sample", "participant", "specimen", "family", "sex", "site"];
const SAMPLE_NEEDED: [&str; 2] = ["sample", "participant"];

/// The owner of a sample, from a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The participant that the sample belongs to.
    pub participant: ParticipantId,
    /// The specimen of the sample; absent if the sheet states none.
    pub specimen: Option<SpecimenId>,
    /// The participant's family; absent means a family of one.
    pub family: Option<FamilyId>,
    /// The declared sex of the participant.
    pub sex: Sex,
    /// The institution of the participant; absent if the sheet states none.
    pub site: Option<SiteId>,
}

/// The owner of a file, or the owners of a joint file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// The file belongs to one participant.
    Single(Owner),
    /// The file is a joint file. The owners are listed by the sample names of the file's header.
    Joint(HashMap<String, Owner>),
}

/// A row of the sample sheet without a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetRow {
    /// The line number of the row in the sheet, from 1.
    pub line: u64,
    /// The dataset of the file.
    pub dataset: DatasetId,
    /// The owner of the file, or the owners of a joint file.
    pub ownership: Ownership,
    /// The assembly of the file.
    pub assembly: Assembly,
    /// The path of the file.
    pub path: PathBuf,
    /// The path of the file's index; absent if the index must be built.
    pub index_path: Option<PathBuf>,
    /// Whether the file contains reads or variants; absent if the sheet does not state it.
    pub kind: Option<DataKind>,
    /// The origin of the data: germline, unless the sheet states another origin.
    pub origin: Origin,
    /// The SHA-256 of the file, in lower-case hex, if it was verified. The bytes that are stored must then have this digest.
    pub sha256: Option<String>,
}

/// Why a row of the sample sheet cannot be used. No text names a person.
#[derive(Debug, thiserror::Error)]
pub enum RowFault {
    /// A required value of the row is empty.
    #[error("'{0}' is empty")]
    Missing(&'static str),
    /// A value of the row is not a valid identifier.
    #[error("'{column}' {fault}")]
    Identifier {
        /// The column of the invalid identifier.
        column: &'static str,
        /// Why the identifier is invalid.
        fault: IdentifierError,
    },
    /// The row has a value that the column does not allow.
    #[error("'{column}' has an unknown value ({expected} is expected)")]
    Value {
        /// The column of the value.
        column: &'static str,
        /// The values that the column allows.
        expected: &'static str,
    },
    /// The row names an unknown assembly.
    #[error("assembly {0}")]
    Assembly(gemj_model::assembly::UnknownAssembly),
    /// The row names a dataset that is not configured.
    #[error("dataset '{0}' is not configured")]
    Dataset(DatasetId),
    /// The row states that the quality control of the file failed.
    #[error("qc is fail")]
    QcFailed,
    /// A row contradicts an earlier line. The row names the same file or, in the second sheet, the same sample. Or it states another owner
    /// of the same specimen, or another sex or family of the same participant.
    #[error("{what} as line {line}")]
    Duplicate {
        /// The text that states what is the same or different.
        what: &'static str,
        /// The number of the earlier line.
        line: u64,
    },
    /// The row has neither a participant nor a sheet of samples, or the row has both.
    #[error("set either participant, or samples_path for a joint file")]
    Ownership,
    /// The second sheet, with the samples of a joint file, cannot be used.
    #[error("samples_path: {0}")]
    Samples(Box<SheetFault>),
    /// A line of the second sheet, with the samples of a joint file, cannot be used.
    #[error("samples_path, line {line}: {fault}")]
    Sample {
        /// The number of the line in the second sheet, from 1.
        line: u64,
        /// Why the line cannot be used.
        fault: Box<RowFault>,
    },
    /// The line is not CSV, or its number of values differs from the header.
    #[error("is not a line of {0} values")]
    Csv(usize),
}

/// Why a sample sheet cannot be used as a whole.
#[derive(Debug, thiserror::Error)]
pub enum SheetFault {
    /// The sheet cannot be read.
    #[error("cannot be read: {0}")]
    Io(std::io::ErrorKind),
    /// The sheet is too large.
    #[error("is larger than {MAX_SHEET_BYTES} bytes")]
    TooLarge,
    /// The sheet is not CSV in UTF-8.
    #[error("is not CSV in UTF-8")]
    Csv,
    /// The sheet lacks a required column.
    #[error("has no column '{0}'")]
    MissingColumn(&'static str),
    /// The sheet has an unknown or repeated column.
    #[error("has an unknown or repeated column in position {position}: '{name}'")]
    UnknownColumn {
        /// The position of the column, from 1.
        position: usize,
        /// The name of the column.
        name: String,
    },
}

/// The rows of a sheet. Each item is a usable row, or the number and the fault of a line.
pub type Rows = Vec<Result<SheetRow, (u64, RowFault)>>;

struct Table {
    columns: HashMap<&'static str, usize>,
    width: usize,
    lines: Vec<(u64, Option<csv::StringRecord>)>,
}

impl Table {
    fn read(path: &Path, known: &[&'static str], needed: &[&'static str]) -> Result<Self, SheetFault> {
        let size = std::fs::metadata(path).map_err(|e| SheetFault::Io(e.kind()))?;
        if size.len() > MAX_SHEET_BYTES {
            return Err(SheetFault::TooLarge);
        }
        let bytes = std::fs::read(path).map_err(|e| SheetFault::Io(e.kind()))?;
        Self::parse(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes), known, needed)
    }

    fn parse(bytes: &[u8], known: &[&'static str], needed: &[&'static str]) -> Result<Self, SheetFault> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
        let header = reader.headers().map_err(|_| SheetFault::Csv)?.clone();
        let mut columns = HashMap::new();
        for (at, name) in header.iter().enumerate() {
            let unknown = || SheetFault::UnknownColumn {
                position: at + 1,
                name: name.chars().take(40).collect(),
            };
            let column = known.iter().find(|k| **k == name).ok_or_else(unknown)?;
            if columns.insert(*column, at).is_some() {
                return Err(unknown());
            }
        }
        if let Some(missing) = needed.iter().find(|c| !columns.contains_key(**c)) {
            return Err(SheetFault::MissingColumn(missing));
        }
        let width = header.len();
        let lines = reader
            .records()
            .map(|record| match record {
                Ok(r) => (r.position().map_or(0, csv::Position::line), (r.len() == width).then_some(r)),
                Err(e) => (e.position().map_or(0, csv::Position::line), None),
            })
            .filter(|(_, r)| !r.as_ref().is_some_and(|r| r.iter().all(str::is_empty)))
            .collect();
        Ok(Self { columns, width, lines })
    }

    fn value<'a>(&self, record: &'a csv::StringRecord, column: &str) -> &'a str {
        self.columns.get(column).and_then(|at| record.get(*at)).unwrap_or("")
    }
}

/// Reads a sample sheet. `configured` contains the datasets that exist.
///
/// # Errors
/// The sheet cannot be used as a whole. Faults of single rows are in the returned rows.
pub fn read_sheet(path: &Path, configured: &HashSet<DatasetId>) -> Result<Rows, SheetFault> {
    let table = Table::read(path, &SHEET_COLUMNS, &SHEET_NEEDED)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut seen = Seen::default();
    Ok(table
        .lines
        .iter()
        .map(|(line, record)| {
            let record = record.as_ref().ok_or((*line, RowFault::Csv(table.width)))?;
            let row = row(&table, record, *line, folder, configured).map_err(|fault| (*line, fault))?;
            seen.check(&row).map_err(|fault| (*line, fault))?;
            Ok(row)
        })
        .collect())
}

fn row(table: &Table, record: &csv::StringRecord, line: u64, folder: &Path, configured: &HashSet<DatasetId>) -> Result<SheetRow, RowFault> {
    let text = |column: &'static str| table.value(record, column);
    let needed = |column: &'static str| Some(text(column)).filter(|t| !t.is_empty()).ok_or(RowFault::Missing(column));
    let dataset = DatasetId::parse(needed("dataset")?).map_err(|fault| RowFault::Identifier { column: "dataset", fault })?;
    if !configured.contains(&dataset) {
        return Err(RowFault::Dataset(dataset));
    }
    let assembly = Assembly::parse(needed("assembly")?).map_err(RowFault::Assembly)?;
    let path = folder.join(needed("path")?);
    let (kind, origin) = data_kind(text("data_kind"))?;
    match text("qc").to_ascii_lowercase().as_str() {
        "" | "pass" | "passed" => {}
        "fail" | "failed" => return Err(RowFault::QcFailed),
        // A misspelt "fail" must not load the file.
        _ => {
            return Err(RowFault::Value {
                column: "qc",
                expected: "pass, fail or no value",
            });
        }
    }
    let ownership = match (text("participant"), text("samples_path")) {
        ("", "") => return Err(RowFault::Ownership),
        ("", samples) => Ownership::Joint(read_samples(&folder.join(samples))?),
        (_, "") => Ownership::Single(owner(&text)?),
        (_, _) => return Err(RowFault::Ownership),
    };
    let index_path = Some(text("index_path")).filter(|t| !t.is_empty()).map(|t| folder.join(t));
    Ok(SheetRow {
        line,
        dataset,
        ownership,
        assembly,
        path,
        index_path,
        kind,
        origin,
        sha256: None,
    })
}

fn data_kind(text: &str) -> Result<(Option<DataKind>, Origin), RowFault> {
    match text.to_ascii_lowercase().as_str() {
        "" => Ok((None, Origin::Germline)),
        "reads" | "alignments" => Ok((Some(DataKind::Reads), Origin::Germline)),
        "variants" | "germline" | "germline-variants" => Ok((Some(DataKind::Variants), Origin::Germline)),
        "somatic" | "somatic-variants" => Ok((Some(DataKind::Variants), Origin::Somatic)),
        "somatic-reads" => Ok((Some(DataKind::Reads), Origin::Somatic)),
        _ => Err(RowFault::Value {
            column: "data_kind",
            expected: "reads, variants, germline or somatic",
        }),
    }
}

fn owner<'a>(text: &impl Fn(&'static str) -> &'a str) -> Result<Owner, RowFault> {
    let identifier = |column: &'static str| move |fault| RowFault::Identifier { column, fault };
    let given = |column: &'static str| Some(text(column)).filter(|t| !t.is_empty());
    Ok(Owner {
        participant: ParticipantId::parse(text("participant")).map_err(identifier("participant"))?,
        specimen: given("specimen")
            .map(SpecimenId::parse)
            .transpose()
            .map_err(identifier("specimen"))?,
        family: given("family").map(FamilyId::parse).transpose().map_err(identifier("family"))?,
        sex: Sex::parse(text("sex")).ok_or(RowFault::Value {
            column: "sex",
            expected: "female, male, other or unknown",
        })?,
        site: given("site").map(SiteId::parse).transpose().map_err(identifier("site"))?,
    })
}

fn read_samples(path: &Path) -> Result<HashMap<String, Owner>, RowFault> {
    let table = Table::read(path, &SAMPLE_COLUMNS, &SAMPLE_NEEDED).map_err(|fault| RowFault::Samples(Box::new(fault)))?;
    let mut owners: HashMap<String, Owner> = HashMap::new();
    let mut lines: HashMap<String, u64> = HashMap::new();
    for (line, record) in &table.lines {
        let at = |fault| RowFault::Sample {
            line: *line,
            fault: Box::new(fault),
        };
        let record = record.as_ref().ok_or_else(|| at(RowFault::Csv(table.width)))?;
        let text = |column: &'static str| table.value(record, column);
        let sample = text("sample");
        if sample.is_empty() {
            return Err(at(RowFault::Missing("sample")));
        }
        if let Some(earlier) = lines.insert(sample.to_owned(), *line) {
            return Err(at(RowFault::Duplicate {
                what: "has the same sample",
                line: earlier,
            }));
        }
        owners.insert(sample.to_owned(), owner(&text).map_err(at)?);
    }
    Ok(owners)
}

/// The files, specimens and participants of earlier rows of the sheet, each with its line.
#[derive(Default)]
struct Seen {
    files: HashMap<PathBuf, u64>,
    specimens: HashMap<String, (ParticipantId, u64)>,
    people: HashMap<String, (Owner, u64)>,
}

impl Seen {
    fn check(&mut self, row: &SheetRow) -> Result<(), RowFault> {
        let duplicate = |what, line| Err(RowFault::Duplicate { what, line });
        if let Some(line) = self.files.get(&row.path) {
            return duplicate("names the same file", *line);
        }
        let owners: Vec<&Owner> = match &row.ownership {
            Ownership::Single(owner) => vec![owner],
            Ownership::Joint(owners) => owners.values().collect(),
        };
        for owner in &owners {
            if let Some((other, line)) = owner.specimen.as_ref().and_then(|s| self.specimens.get(s.as_str()))
                && *other != owner.participant
            {
                return duplicate("gives another participant the same specimen", *line);
            }
            if let Some((other, line)) = self.people.get(owner.participant.as_str()) {
                if contradicts(other.sex, owner.sex, Sex::Unknown) {
                    return duplicate("gives another sex for the same participant", *line);
                }
                if matches!((&other.family, &owner.family), (Some(a), Some(b)) if a != b) {
                    return duplicate("gives another family for the same participant", *line);
                }
            }
        }
        self.files.insert(row.path.clone(), row.line);
        for owner in owners {
            if let Some(specimen) = &owner.specimen {
                self.specimens
                    .insert(specimen.as_str().to_owned(), (owner.participant.clone(), row.line));
            }
            self.people
                .entry(owner.participant.as_str().to_owned())
                .or_insert_with(|| (owner.clone(), row.line));
        }
        Ok(())
    }
}

fn contradicts<T: PartialEq + Copy>(a: T, b: T, unknown: T) -> bool {
    a != unknown && b != unknown && a != b
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sheet.csv");
        std::fs::write(&path, text).unwrap();
        let configured = [DatasetId::parse("cancer").unwrap()].into();
        match read_sheet(&path, &configured) {
            Err(fault) => vec![fault.to_string()],
            Ok(rows) => rows
                .into_iter()
                .map(|r| r.map_or_else(|(line, fault)| format!("{line}: {fault}"), |r| format!("{}: ok", r.line)))
                .collect(),
        }
    }

    #[test]
    fn good_rows_are_read_although_other_rows_are_bad() {
        let sheet = "dataset,participant,specimen,family,sex,assembly,path\n\
            cancer,P1,S1,F1,female,GRCh38,a.bam\n\
            cancer,P2,S1,F2,male,GRCh38,b.bam\n\
            cancer,P3,S3,F3,male,GRCh36,c.bam\n\
            other,P4,S4,F4,male,GRCh38,d.bam\n\
            cancer,P5,S5,F5,yes,GRCh38,e.bam\n\
            cancer,P6,S6,F6,male,GRCh38,a.bam\n\
            cancer,P7,S7,F7,male\n\
            cancer,P1,S8,F1,male,GRCh38,f.bam\n\
            cancer,P9,S9,,,b37,g.bam\n";
        assert_eq!(
            faults(sheet),
            [
                "2: ok",
                "3: gives another participant the same specimen as line 2",
                "4: assembly is not a known assembly (GRCh38 or GRCh37; hg38, hg19, b37 and hs37d5 are understood)",
                "5: dataset 'other' is not configured",
                "6: 'sex' has an unknown value (female, male, other or unknown is expected)",
                "7: names the same file as line 2",
                "8: is not a line of 7 values",
                "9: gives another sex for the same participant as line 2",
                "10: ok",
            ]
        );
    }

    #[test]
    fn a_file_is_loaded_only_with_a_quality_control_that_is_passed_or_not_stated() {
        let row = |qc: &str| faults(&format!("dataset,participant,assembly,path,qc\ncancer,P1,GRCh38,a.bam,{qc}\n")).remove(0);
        for good in ["", "pass", "PASS", "Passed"] {
            assert_eq!(row(good), "2: ok", "{good}");
        }
        for failed in ["fail", "FAILED"] {
            assert_eq!(row(failed), "2: qc is fail", "{failed}");
        }
        for unknown in ["fial", "no", "warn", "pass?", "0"] {
            assert_eq!(
                row(unknown),
                "2: 'qc' has an unknown value (pass, fail or no value is expected)",
                "{unknown}"
            );
        }
    }

    #[test]
    fn a_sheet_with_missing_or_unknown_columns_is_refused() {
        assert_eq!(faults("dataset,participant,path\n"), ["has no column 'assembly'"]);
        assert_eq!(
            faults("dataset,participant,assembly,path,colour\n"),
            ["has an unknown or repeated column in position 5: 'colour'"]
        );
        assert_eq!(faults(""), ["has no column 'dataset'"]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            if let Ok(table) = Table::parse(&bytes, &SHEET_COLUMNS, &[]) {
                for (_, record) in &table.lines {
                    if let Some(record) = record {
                        let _ = row(&table, record, 1, Path::new("/nonexistent"), &HashSet::new());
                    }
                }
            }
        }
    }
}
