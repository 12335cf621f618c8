//! Finds the facilities that sent the messages of a storage. MSH-4.1 is the only field in a storage that names the hospital.

use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

use super::loose::loose_messages;
use super::name::without_extension;
use super::transaction;
use crate::hl7v2::{messages_of, plain};
use crate::regular_file::open_regular;

/// The number of bytes at the start of a file in which the header is searched.
const HEADER_BYTES: usize = 4096;
/// The maximum depth of folders below the root: two for the patient's number, the patient, the care date, the data type.
const MAX_DEPTH: usize = 5;

/// Passes the facility of every message that a run would read to `give`: current messages and deletions of the supported data types, or one
/// the files that the operator named as single messages. `None` is a message that names no facility. A file that cannot be read or is not a message is
/// skipped, because the reader of the messages reports its fault.
pub(crate) fn facilities(root: &Path, give: &mut dyn FnMut(Option<String>) -> ControlFlow<()>) -> ControlFlow<()> {
    if let Some(files) = transaction::transaction_files(root) {
        return files.iter().try_for_each(|file| {
            transaction::messages(file, &mut |bytes| {
                of_bytes(bytes).map_or(ControlFlow::Continue(()), |header| give(header.facility))
            })
        });
    }
    // A file that the operator named can be a batch of messages.
    let mut one = |file: &Path| {
        let Ok(file) = messages_of(file, "") else {
            return ControlFlow::Continue(());
        };
        let mut headers = file
            .messages()
            .filter_map(|(bytes, _)| of_bytes(bytes.get(..HEADER_BYTES).unwrap_or(bytes)));
        headers.try_for_each(|header| give(header.facility))
    };
    if let Some(loose) = loose_messages(root) {
        return loose.files.iter().try_for_each(|file| one(file));
    }
    match std::fs::metadata(root) {
        Ok(metadata) if metadata.is_dir() => folder(root, 0, give),
        Ok(metadata) if metadata.is_file() => one(root),
        Ok(_) | Err(_) => ControlFlow::Continue(()),
    }
}

fn folder(path: &Path, depth: usize, give: &mut dyn FnMut(Option<String>) -> ControlFlow<()>) -> ControlFlow<()> {
    let Ok(entries) = std::fs::read_dir(path) else {
        return ControlFlow::Continue(());
    };
    for entry in entries.flatten() {
        // A symbolic link counts neither as a folder nor as a file, and is not followed.
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth < MAX_DEPTH => folder(&entry.path(), depth + 1, give)?,
            Ok(kind) if kind.is_file() && is_taken(&entry.file_name().to_string_lossy()) => {
                header(&entry.path()).map_or(ControlFlow::Continue(()), |header| give(header.facility))?;
            }
            Ok(_) | Err(_) => {}
        }
    }
    ControlFlow::Continue(())
}

/// Whether the file belongs to a supported data type and is not history.
fn is_taken(name: &str) -> bool {
    ["_ADT-00_", "_PPR-01_", "_OML-11_"].iter().any(|kind| name.contains(kind)) && !without_extension(name).ends_with("_2")
}

/// The part of a message's header that this module reads.
#[derive(Debug, PartialEq, Eq)]
struct Header {
    /// MSH-4.1; `None` if it is empty.
    facility: Option<String>,
}

fn header(path: &Path) -> Option<Header> {
    let mut bytes = Vec::new();
    open_regular(path).ok()?.take(HEADER_BYTES as u64).read_to_end(&mut bytes).ok()?;
    of_bytes(&bytes)
}

/// The header of a message; `None` if the bytes do not begin with the header of a message. `bytes` are the first bytes of a file, and can end
/// inside a character of UTF-16. The header is then read without the last bytes.
fn of_bytes(bytes: &[u8]) -> Option<Header> {
    let plain = (0..4).find_map(|cut| plain(bytes.get(..bytes.len().checked_sub(cut)?)?).ok())?;
    let bytes = plain.bytes.trim_ascii_start();
    let header = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    let (separator, rest) = header.strip_prefix(b"MSH")?.split_first()?;
    let mut fields = rest.split(|byte| byte == separator);
    let component = *fields.next()?.first()?;
    let facility = fields.nth(1).unwrap_or_default().split(|byte| *byte == component).next()?;
    let text = String::from_utf8_lossy(facility).trim().to_owned();
    Some(Header {
        facility: (!text.is_empty() && text != "\"\"").then_some(text),
    })
}

#[cfg(test)]
mod tests {
    use super::{Header, of_bytes};

    #[test]
    fn the_facility_is_the_first_component_of_the_fourth_header_field() {
        for (header, facility) in [
            (&b"MSH|^~\\&|HIS|HOSPITAL-A|GW|GW|2024\rPID|1"[..], Some(Some("HOSPITAL-A"))),
            (b"\xEF\xBB\xBF\nMSH|^~\\&|HIS|1319999901^x^ISO|GW", Some(Some("1319999901"))),
            (b"MSH#*~\\&#HIS#B*x#GW\nPID#4", Some(Some("B"))),
            (b"MSH|^~\\&|HIS||GW|GW", Some(None)),
            (b"MSH|^~\\&|HIS|\"\"|GW|GW", Some(None)),
            (b"MSH|^~\\&|HIS\rPID|A|B|C|D", Some(None)),
            (b"PID|1|2|3|4", None),
            (b"", None),
            (b"MSH", None),
        ] {
            let facility = facility.map(|facility| Header {
                facility: facility.map(str::to_owned),
            });
            assert_eq!(of_bytes(header), facility, "{}", String::from_utf8_lossy(header));
        }
    }

    #[test]
    fn the_facility_is_found_in_a_framed_message_and_in_utf_16() {
        let text = "MSH|^~\\&|HIS|HOSPITAL-A|GW\rPID|1||\u{20bb7}\r";
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let framed = [b"\x0b", text.as_bytes(), b"\x1c\r"].concat();
        let (marked, unmarked) = (wide(&format!("\u{feff}{text}")), wide(text));
        for bytes in [&framed, &marked, &unmarked] {
            assert_eq!(of_bytes(bytes).and_then(|header| header.facility).as_deref(), Some("HOSPITAL-A"));
        }
        // The head of a file can end inside a character, or between the two surrogates of a character.
        for cut in 1..=5 {
            let header = of_bytes(&marked[..marked.len() - cut]);
            assert_eq!(header.and_then(|header| header.facility).as_deref(), Some("HOSPITAL-A"), "{cut}");
        }
    }
}
