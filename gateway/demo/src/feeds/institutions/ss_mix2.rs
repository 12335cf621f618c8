//! Writes the hospital's feed: an SS-MIX2 standardized storage of HL7 v2.5 messages in ISO-2022-JP.

mod message;
mod segment;

use encoding_rs::ISO_2022_JP;

use self::message::{problems, registration, results};
use super::case::{CaseLab, InstitutionCase};
use crate::error::DemoError;
use crate::programme::person::Day;

/// A file of the SS-MIX2 storage.
pub(super) struct StoredFile {
    /// The path relative to the storage's root, with slashes.
    pub(super) path: String,
    /// The HL7 message in the file. Each segment ends with CR.
    pub(super) text: String,
}

/// The order number in the name of a file that belongs to no order.
const NO_ORDER: &str = "999999999999999";

/// The time at which the current registration and problem list were sent: 17 digits, to the millisecond.
const SENT: &str = "20251001090000000";

/// The time at which an older problem list was sent: 17 digits, to the millisecond.
const SENT_BEFORE: &str = "20250929170000000";

/// The files of a case: registration (ADT-00), problem list (PPR-01), and results (OML-11), one for each day on which a sample was taken.
///
/// Every third case also has an older problem list (condition flag 2). This list lacks the last problem or has the only problem as
/// suspected. Every fourth case has an older result with other numbers. Both older files are outdated.
pub(super) fn files(at: usize, case: &InstitutionCase) -> Vec<StoredFile> {
    let mut files = vec![
        undated(case, "ADT-00", SENT, '1', |control| registration(case, control, spelling(at), SENT)),
        undated(case, "PPR-01", SENT, '1', |control| {
            problems(case, &case.diagnoses, control, spelling(at), SENT)
        }),
    ];
    if at.is_multiple_of(3) {
        let mut before = case.diagnoses.clone();
        if before.len() > 1 {
            before.pop();
        } else {
            before.iter_mut().for_each(|diagnosis| diagnosis.suspected = true);
        }
        files.push(undated(case, "PPR-01", SENT_BEFORE, '2', |control| {
            problems(case, &before, control, spelling(at), SENT_BEFORE)
        }));
    }
    for (number, group) in case.labs.chunk_by(|a, b| a.date == b.date).enumerate() {
        let order = format!("{:015}", 1_000 * (at + 1) + number);
        files.push(dated(case, group, &order, at, "150000000", '1', 'F'));
        if number == 0 && at % 4 == 1 {
            let preliminary: Vec<CaseLab> = group
                .iter()
                .map(|lab| CaseLab {
                    comparator: None,
                    number: format!("9{}", lab.number),
                    ..lab.clone()
                })
                .collect();
            files.push(dated(case, &preliminary, &order, at, "110000000", '2', 'P'));
        }
    }
    files
}

/// The bytes of a message in ISO-2022-JP.
///
/// # Errors
/// A character that is not in the declared character sets, which is a fault of this crate.
pub(super) fn encode(text: &str) -> Result<Vec<u8>, DemoError> {
    let (bytes, _, unmappable) = ISO_2022_JP.encode(text);
    if unmappable {
        return Err(DemoError::Plan { what: "character" });
    }
    Ok(bytes.into_owned())
}

/// A day as eight digits, in the form of HL7 and of file names.
pub(super) fn digits(day: Day) -> String {
    format!("{:04}{:02}{:02}", day.year, day.month, day.day)
}

/// The values of MSH-18 and MSH-20 for the case with this number. Both spellings occur in real data.
fn spelling(at: usize) -> [&'static str; 2] {
    if at % 5 == 2 {
        ["~ISOIR87", "ISO2022-1994"]
    } else {
        ["~ISO IR87", "ISO 2022-1994"]
    }
}

/// The parts of a file's name and folders, except the patient number.
struct Name<'a> {
    care_date: &'a str,
    kind: &'a str,
    order: &'a str,
    time: &'a str,
    department: &'a str,
    flag: char,
}

/// A file in the folder of data without a date of care.
fn undated(case: &InstitutionCase, kind: &str, time: &str, flag: char, message: impl FnOnce(&str) -> String) -> StoredFile {
    let name = Name {
        care_date: "-",
        kind,
        order: NO_ORDER,
        time,
        department: "-",
        flag,
    };
    file(case, &name, message)
}

/// The file with the results of one day. `hour` is the time of day to the millisecond, `status` is the value of OBX-11.
fn dated(case: &InstitutionCase, labs: &[CaseLab], order: &str, at: usize, hour: &str, flag: char, status: char) -> StoredFile {
    let day = labs.first().map(|lab| digits(lab.date)).unwrap_or_default();
    let time = format!("{day}{hour}");
    let name = Name {
        care_date: &day,
        kind: "OML-11",
        order,
        time: &time,
        department: "01",
        flag,
    };
    file(case, &name, |control| {
        results(case, labs, order, status, control, spelling(at), &time)
    })
}

/// The file of a case under the name that SS-MIX2 prescribes: `<ID[0..3]>/<ID[3..6]>/<ID>/<care date>/<data type>/<ID>_<care date>_<data
/// type>_<order>_<time>_<department>_<condition>`.
fn file(case: &InstitutionCase, name: &Name<'_>, message: impl FnOnce(&str) -> String) -> StoredFile {
    let id = &case.numbers.hospital;
    let Name {
        care_date,
        kind,
        order,
        time,
        department,
        flag,
    } = name;
    let file_name = format!("{id}_{care_date}_{kind}_{order}_{time}_{department}_{flag}");
    // The message control id is a checksum of the file name. It is the same in every run, differs between files, and does not contain the
    // patient number.
    let control = format!("{:010}", crc32fast::hash(file_name.as_bytes()));
    StoredFile {
        path: format!("{}/{}/{id}/{care_date}/{kind}/{file_name}", &id[..3], &id[3..6]),
        text: message(&control),
    }
}
