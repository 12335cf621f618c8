//! Reads the Beacon Friendly Format (BFF): `individuals.json` and, beside it, `biosamples.json`, each an array of records of the Beacon v2 default
//! model.
//!
//! One unit is an individual with all biosamples that name the individual in `individualId`. The individual's `id` is a number of the site.
//!
//! * The records are `individual` and, inside it, `disease`, `phenotypicFeature`, `measure` and `biosample`.
//! * A nested member is a field with its path as name (`diseaseCode.id`). The second element of a list is `name(2)`.
//! * Only members on the lists of `record` enter a unit. `info` and `notes` never do: tools copy whole rows of their sources into them, with names and
//!   dates of birth.
//! * A record with a member that the model does not define has the field `@Unread`, because such a member can state that the disease is absent.

mod record;
mod source;
mod unit;

use std::ops::ControlFlow;
use std::path::Path;

use crate::hl7v2::shown_name;
use crate::json_scan::MAX_PART_BYTES;
use crate::unit::{Identity, Met, Undecodable};
use source::Source;

/// The maximum size of a file that is not UTF-8, in bytes. A file in UTF-8 has any size.
pub const MAX_CONVERTED_BYTES: u64 = 256 << 20;
/// The maximum size of one record, in bytes.
pub const MAX_RECORD_BYTES: usize = MAX_PART_BYTES;
/// The maximum number of records of a file.
pub const MAX_RECORDS: usize = 5_000_000;
/// The maximum number of biosamples of one individual.
pub const MAX_BIOSAMPLES: usize = 10_000;

/// Why a whole file is refused: the reason code and the reason in words.
type Refused = (&'static str, &'static str);

/// Reads a file of individuals with the `biosamples.json` beside it. For a folder, reads its `individuals.json`. Each file is read twice, so that only the
/// records of one individual are in memory.
///
/// * Nothing is read if one of the two files is refused (`unreadable`, `too-large`, `too-many-records`, `encoding`, `bad-json`): an individual without its
///   biosamples would lose those that are stored.
/// * A record is refused if it is no object or has a member twice (`bad-record`), has no id (`no-id`), or is a biosample of no individual of the
///   file (`unknown-individual`).
/// * An individual is refused if its id occurs twice with different content (`individual-id-twice`), or one of its biosamples does
///   (`biosample-id-twice`), or if it has too many biosamples (`too-many-biosamples`).
pub fn read(path: &Path, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    let individuals = if path.is_dir() {
        path.join("individuals.json")
    } else {
        path.to_owned()
    };
    let beside = individuals.with_file_name("biosamples.json");
    let mut files = vec![individuals];
    if beside.is_file() && !files.contains(&beside) {
        files.push(beside);
    }
    let mut sources = Vec::new();
    for file in files {
        let name = shown_name(&file);
        match Source::open(&file, name.clone()) {
            Ok(source) => {
                for repair in source.repairs() {
                    give(Met::Repaired(repair))?;
                }
                sources.push(source);
            }
            Err((reason_code, detail)) => {
                return give(Met::Undecodable(Undecodable {
                    locator: name,
                    reason_code,
                    detail: detail.to_owned(),
                    identity: Identity::Place,
                }));
            }
        }
    }
    let mut sources = sources.into_iter();
    match sources.next() {
        Some(individuals) => unit::units(individuals, sources.next(), give),
        None => ControlFlow::Continue(()),
    }
}
