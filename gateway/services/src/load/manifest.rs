//! The delivery manifest of a sequencing contractor: for each file its checksums, its quality metrics, and the pipeline that made it.
//!
//! * A manifest is CSV with a header, or a JSON array of objects with the same names. Only `file` and one of `md5` and `sha256` are required.
//! * A file is known by its name, without its folder, because the contractor's folders are not those of the gateway.
//! * A file whose size, checksum, assembly or specimen differs, or whose verdict is not a pass, is refused before it is stored. The others are loaded.
//! * Metrics and pipeline are checked and printed. The catalogue has no place for them.

mod number;
mod read;
mod verify;

use std::collections::HashMap;
use std::path::Path;

use gemj_model::assembly::UnknownAssembly;
use gemj_model::identifier::IdentifierError;
use gemj_model::{Assembly, SpecimenId};

use super::sheet::{Owner, Ownership, SheetRow};
use number::{Bound, metric};

/// The maximum size of a manifest, in bytes.
const MAX_MANIFEST_BYTES: u64 = 256 * 1024 * 1024;

const COLUMNS: [&str; 15] = [
    "file",
    "size_bytes",
    "md5",
    "sha256",
    "sample",
    "specimen",
    "assembly",
    "pipeline",
    "pipeline_version",
    "reference_md5",
    "mean_coverage",
    "q30_percent",
    "contamination_percent",
    "sex_check",
    "qc",
];

/// A manifest without a fault of the whole.
#[derive(Debug)]
pub struct Manifest {
    /// The lines, or their faults, by the name of the file.
    files: HashMap<String, (u64, Result<Delivered, DeliveryFault>)>,
}

/// What the manifest states about one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    size_bytes: Option<u64>,
    md5: Option<String>,
    sha256: Option<String>,
    specimen: Option<SpecimenId>,
    assembly: Option<Assembly>,
    /// The pipeline, the reference and the metrics in words, for the operator. Empty if the manifest states none.
    pub summary: Vec<String>,
}

/// Why a manifest cannot be used as a whole.
#[derive(Debug, thiserror::Error)]
pub enum ManifestFault {
    /// The manifest cannot be read.
    #[error("cannot be read: {0}")]
    Io(std::io::ErrorKind),
    /// The manifest is too large.
    #[error("is larger than {MAX_MANIFEST_BYTES} bytes")]
    TooLarge,
    /// The manifest is neither CSV nor JSON in UTF-8.
    #[error("is neither CSV nor a JSON array of objects in UTF-8")]
    Syntax,
    /// The manifest does not name its files.
    #[error("has no column 'file'")]
    NoFile,
    /// The manifest has no checksums.
    #[error("has neither a column 'md5' nor a column 'sha256'")]
    NoChecksum,
    /// The manifest has an unknown or repeated column.
    #[error("has an unknown or repeated column in position {0}; the columns are {known}", known = COLUMNS.join(", "))]
    UnknownColumn(usize),
    /// Two lines name one file.
    #[error("line {later} names the same file as line {earlier}")]
    SameFile {
        /// The earlier line.
        earlier: u64,
        /// The later line.
        later: u64,
    },
    /// A line names no file.
    #[error("line {0} names no file")]
    NamesNoFile(u64),
}

/// Why a file of a delivery is refused. No text contains a value of the manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryFault {
    /// The manifest does not name the file of the row.
    #[error("the manifest does not name the file")]
    NotListed,
    /// The line of the manifest has another number of values than its header.
    #[error("the manifest's line is not a line of its header's values")]
    Line,
    /// The line has no checksum.
    #[error("the manifest states no checksum of the file")]
    NoChecksum,
    /// A value of the line has another form.
    #[error("the manifest's '{column}' has an unknown value ({expected} is expected)")]
    Value {
        /// The column.
        column: &'static str,
        /// The expected form.
        expected: &'static str,
    },
    /// The assembly of the line is not known.
    #[error("the manifest's assembly {0}")]
    Assembly(UnknownAssembly),
    /// The specimen of the line is no identifier.
    #[error("the manifest's specimen {0}")]
    Specimen(IdentifierError),
    /// The contractor's verdict about the file is negative.
    #[error("the manifest's {0} is fail")]
    Failed(&'static str),
    /// The sheet states something else than the manifest.
    #[error("the sheet has another {0} than the manifest")]
    Contradiction(&'static str),
    /// The manifest states a specimen, and the sheet states none.
    #[error("the manifest states a specimen of the file, and the sheet states none: state it in the sheet")]
    NoSpecimen,
    /// The file is not the file that was delivered.
    #[error("the {0} of the file is not that of the manifest: transfer the file again")]
    Mismatch(&'static str),
    /// The path names a folder, a pipe or a device.
    #[error("the file is not a regular file")]
    NotRegular,
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    Io(std::io::ErrorKind),
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// The manifest cannot be used as a whole. A fault of one line refuses only its file.
    pub fn open(path: &Path) -> Result<Self, ManifestFault> {
        let size = std::fs::metadata(path).map_err(|e| ManifestFault::Io(e.kind()))?.len();
        if size > MAX_MANIFEST_BYTES {
            return Err(ManifestFault::TooLarge);
        }
        let bytes = std::fs::read(path).map_err(|e| ManifestFault::Io(e.kind()))?;
        Self::parse(&bytes)
    }

    fn parse(bytes: &[u8]) -> Result<Self, ManifestFault> {
        let mut files: HashMap<String, (u64, Result<Delivered, DeliveryFault>)> = HashMap::new();
        for read::Line {
            number: line,
            cells,
            is_whole,
        } in read::lines(bytes)?
        {
            let text = |column: &str| cells.get(column).map_or("", |text| text.trim());
            let name = Path::new(text("file")).file_name().map(|name| name.to_string_lossy().into_owned());
            let Some(name) = name else {
                return Err(ManifestFault::NamesNoFile(line));
            };
            let delivered = match is_whole {
                true => Delivered::parse(&text),
                false => Err(DeliveryFault::Line),
            };
            if let Some((earlier, _)) = files.insert(name, (line, delivered)) {
                return Err(ManifestFault::SameFile { earlier, later: line });
            }
        }
        Ok(Self { files })
    }

    /// What the manifest states about the file of a row.
    ///
    /// # Errors
    /// [`DeliveryFault`] if the manifest does not name the file, its line has a fault, or the row contradicts it.
    pub fn of(&self, row: &SheetRow) -> Result<&Delivered, DeliveryFault> {
        let name = row.path.file_name().unwrap_or_default().to_string_lossy();
        let (_, delivered) = self.files.get(name.as_ref()).ok_or(DeliveryFault::NotListed)?;
        let delivered = delivered.as_ref().map_err(Clone::clone)?;
        if delivered.assembly.is_some_and(|assembly| assembly != row.assembly) {
            return Err(DeliveryFault::Contradiction("assembly"));
        }
        if let Some(stated) = &delivered.specimen {
            check_specimen(stated, &row.ownership)?;
        }
        Ok(delivered)
    }

    /// The lines of files that no row of the sheet names, in order.
    #[must_use]
    pub fn not_in<'r>(&self, rows: impl Iterator<Item = &'r Path>) -> Vec<u64> {
        let named: std::collections::HashSet<String> = rows
            .filter_map(|path| path.file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        let mut lines: Vec<u64> = self
            .files
            .iter()
            .filter(|(name, _)| !named.contains(*name))
            .map(|(_, (line, _))| *line)
            .collect();
        lines.sort_unstable();
        lines
    }
}

/// Checks that the sheet gives the delivered specimen to an owner of the file. Then the registration refuses a specimen of another participant.
fn check_specimen(stated: &SpecimenId, ownership: &Ownership) -> Result<(), DeliveryFault> {
    let is_own = |owner: &Owner| owner.specimen.as_ref() == Some(stated);
    match ownership {
        Ownership::Single(owner) if owner.specimen.is_none() => Err(DeliveryFault::NoSpecimen),
        Ownership::Single(owner) if is_own(owner) => Ok(()),
        Ownership::Joint(owners) if owners.values().any(is_own) => Ok(()),
        Ownership::Joint(owners) if owners.values().all(|owner| owner.specimen.is_none()) => Err(DeliveryFault::NoSpecimen),
        Ownership::Single(_) | Ownership::Joint(_) => Err(DeliveryFault::Contradiction("specimen")),
    }
}

impl Delivered {
    fn parse<'t>(text: &dyn Fn(&str) -> &'t str) -> Result<Self, DeliveryFault> {
        for verdict in ["qc", "sex_check"] {
            match text(verdict).to_ascii_lowercase().as_str() {
                "" | "pass" | "passed" | "match" | "concordant" => {}
                "fail" | "failed" | "mismatch" | "discordant" => {
                    return Err(DeliveryFault::Failed(if verdict == "qc" { "qc" } else { "sex_check" }));
                }
                // A misspelt "fail" must not load the file.
                _ => {
                    let column = if verdict == "qc" { "qc" } else { "sex_check" };
                    return Err(DeliveryFault::Value {
                        column,
                        expected: "pass, fail or no value",
                    });
                }
            }
        }
        let hex = |column: &'static str, length: usize, expected: &'static str| match text(column).to_ascii_lowercase() {
            empty if empty.is_empty() => Ok(None),
            sum if sum.len() == length && sum.bytes().all(|b| b.is_ascii_hexdigit()) => Ok(Some(sum)),
            _ => Err(DeliveryFault::Value { column, expected }),
        };
        let md5 = hex("md5", 32, "32 hexadecimal digits")?;
        let sha256 = hex("sha256", 64, "64 hexadecimal digits")?;
        let reference = hex("reference_md5", 32, "32 hexadecimal digits")?;
        if md5.is_none() && sha256.is_none() {
            return Err(DeliveryFault::NoChecksum);
        }
        let size_bytes = match text("size_bytes") {
            "" => None,
            digits => Some(digits.parse::<u64>().map_err(|_| DeliveryFault::Value {
                column: "size_bytes",
                expected: "a whole number",
            })?),
        };
        let stated = |column: &str| Some(text(column)).filter(|text| !text.is_empty());
        let mut summary = Vec::new();
        let word = |column: &'static str| match stated(column) {
            Some(word) if word.len() <= 100 && word.bytes().all(|b| b.is_ascii_alphanumeric() || b" ._+-/:".contains(&b)) => Ok(Some(word)),
            Some(_) => Err(DeliveryFault::Value {
                column,
                expected: "letters, digits and . _ + - / :",
            }),
            None => Ok(None),
        };
        if let Some(pipeline) = word("pipeline")? {
            summary.push(format!("pipeline {pipeline}"));
        }
        if let Some(version) = word("pipeline_version")? {
            summary.push(format!("version {version}"));
        }
        if let Some(reference) = reference {
            summary.push(format!("reference md5 {reference}"));
        }
        summary.extend(metric("mean_coverage", text("mean_coverage"), "mean coverage", Bound::AtLeastZero)?);
        summary.extend(metric("q30_percent", text("q30_percent"), "Q30 %", Bound::Percent)?);
        summary.extend(metric(
            "contamination_percent",
            text("contamination_percent"),
            "contamination %",
            Bound::Percent,
        )?);
        Ok(Self {
            size_bytes,
            md5,
            sha256,
            specimen: stated("specimen")
                .map(SpecimenId::parse)
                .transpose()
                .map_err(DeliveryFault::Specimen)?,
            assembly: stated("assembly")
                .map(Assembly::parse)
                .transpose()
                .map_err(DeliveryFault::Assembly)?,
            summary,
        })
    }
}

#[cfg(test)]
mod tests;
