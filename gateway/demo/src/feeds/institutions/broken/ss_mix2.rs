//! Writes the broken copy of the hospital's feed, with broken messages. The other messages of a case with a broken message are valid.

use super::super::case::InstitutionCase;
use super::super::ss_mix2::{digits, encode, files as whole};
use super::{COPIED, Expected};
use crate::error::DemoError;

/// A hospital number that no patient has, because the numbers of the cases begin with 0 or 1.
const UNKNOWN: &str = "99999999";

/// A placeholder in a message for a disease name. Bytes of another character set replace the placeholder later.
const MARK: &str = "@@@";

/// One character of JIS X 0212 (`ESC $ ( D`), a character set that the messages do not declare, and the return to ASCII.
const JIS_X_0212: &[u8] = b"\x1b$(D0!\x1b(B";

/// The files of the storage, each as path and bytes. Each fault is added to `expected`.
pub(super) fn files(cases: &[InstitutionCase; COPIED], expected: &mut Vec<Expected>) -> Result<Vec<(String, Vec<u8>)>, DemoError> {
    let mut files = Vec::new();
    let mut is_broken = |hint: &str, reason| {
        expected.push(Expected {
            feed: "ss-mix2",
            hint: hint.to_owned(),
            reason,
        });
    };
    for (at, case) in cases.iter().enumerate() {
        let number = &case.numbers.hospital;
        for file in whole(at, case) {
            let current = |kind: &str| file.path.contains(kind) && file.path.ends_with("_1");
            let (path, text) = (file.path.as_str(), file.text.as_str());
            let bytes = match at {
                3 if current("ADT-00") => {
                    is_broken(path, "the patient in PID-3 is another than the patient in the path");
                    encode(&text.replace(number.as_str(), &cases[4].numbers.hospital))?
                }
                4 if current("PPR-01") => {
                    is_broken(path, "bytes of JIS X 0212 in PRB-3, a character set that is not declared");
                    let name = case.diagnoses.first().map(|d| d.label).unwrap_or_default();
                    spliced(&encode(&text.replacen(name, MARK, 1))?)
                }
                5 if current("ADT-00") => {
                    is_broken(path, "PID-8 is X, which is no administrative sex");
                    encode(&text.replace("|F|", "|X|").replace("|M|", "|X|"))?
                }
                6 if current("PPR-01") => {
                    is_broken(path, "an onset in PRB-16 with month 13");
                    let onset = case.diagnoses.first().map(|d| digits(d.date)).unwrap_or_default();
                    encode(&text.replacen(&format!("|{onset}\r"), "|20251301\r", 1))?
                }
                7 if current("OML-11") && !files.iter().any(|(_, bytes): &(_, Vec<u8>)| bytes.starts_with(&[0xFF, 0xFE])) => {
                    is_broken(path, "a stub in UTF-16 instead of a message");
                    [0xFEFF_u16]
                        .into_iter()
                        .chain("MSH|^~\\&|\r".encode_utf16())
                        .flat_map(u16::to_le_bytes)
                        .collect()
                }
                // In place of this case's registration, the registration of a patient whose number is not in the linkage sheet is written.
                8 if current("ADT-00") => {
                    let unknown = path
                        .replacen(
                            &format!("{}/{}/", &number[..3], &number[3..6]),
                            &format!("{}/{}/", &UNKNOWN[..3], &UNKNOWN[3..6]),
                            1,
                        )
                        .replace(number.as_str(), UNKNOWN);
                    is_broken(&unknown, "a patient number that is not in the linkage");
                    files.push((unknown, encode(&text.replace(number.as_str(), UNKNOWN))?));
                    continue;
                }
                8 | 9 => continue,
                _ => encode(text)?,
            };
            files.push((file.path, bytes));
        }
    }
    Ok(files)
}

fn spliced(bytes: &[u8]) -> Vec<u8> {
    match bytes.windows(MARK.len()).position(|window| window == MARK.as_bytes()) {
        Some(at) => [&bytes[..at], JIS_X_0212, &bytes[at + MARK.len()..]].concat(),
        None => bytes.to_vec(),
    }
}
