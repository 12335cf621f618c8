//! Finds the facilities that sent the messages of a storage. MSH-4.1 is the only field in a storage that names the hospital.

use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

/// The number of bytes at the start of a file in which the header is searched.
const HEADER_BYTES: u64 = 4096;
/// The maximum depth of folders below the root: two for the patient's number, the patient, the care date, the data type.
const MAX_DEPTH: usize = 5;

/// Passes the facility of every message that a run would read to `give`: current messages and deletions of the supported data types, or one
/// file that the operator named. A file that cannot be read or names no facility is skipped, because the reader of the messages reports its
/// fault.
pub(crate) fn facilities(root: &Path, give: &mut dyn FnMut(String) -> ControlFlow<()>) -> ControlFlow<()> {
    match std::fs::metadata(root) {
        Ok(metadata) if metadata.is_dir() => folder(root, 0, give),
        Ok(metadata) if metadata.is_file() => facility(root).map_or(ControlFlow::Continue(()), give),
        Ok(_) | Err(_) => ControlFlow::Continue(()),
    }
}

fn folder(path: &Path, depth: usize, give: &mut dyn FnMut(String) -> ControlFlow<()>) -> ControlFlow<()> {
    let Ok(entries) = std::fs::read_dir(path) else {
        return ControlFlow::Continue(());
    };
    for entry in entries.flatten() {
        // A symbolic link counts neither as a folder nor as a file, and is not followed.
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth < MAX_DEPTH => folder(&entry.path(), depth + 1, give)?,
            Ok(kind) if kind.is_file() && is_taken(&entry.file_name().to_string_lossy()) => {
                facility(&entry.path()).map_or(ControlFlow::Continue(()), &mut *give)?;
            }
            Ok(_) | Err(_) => {}
        }
    }
    ControlFlow::Continue(())
}

/// Whether the file belongs to a supported data type and is not history.
fn is_taken(name: &str) -> bool {
    ["_ADT-00_", "_PPR-01_", "_OML-11_"].iter().any(|kind| name.contains(kind)) && !name.ends_with("_2")
}

fn facility(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(HEADER_BYTES).read_to_end(&mut bytes).ok()?;
    of_header(&bytes)
}

/// The facility in a message's header (MSH-4.1); `None` if the header has none.
fn of_header(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let header = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    let (separator, rest) = header.strip_prefix(b"MSH")?.split_first()?;
    let mut fields = rest.split(|byte| byte == separator);
    let component = *fields.next()?.first()?;
    let facility = fields.nth(1)?.split(|byte| *byte == component).next()?;
    let text = String::from_utf8_lossy(facility).trim().to_owned();
    (!text.is_empty() && text != "\"\"").then_some(text)
}

#[cfg(test)]
mod tests {
    use super::of_header;

    #[test]
    fn the_facility_is_the_first_component_of_the_fourth_header_field() {
        for (header, facility) in [
            (&b"MSH|^~\\&|HIS|HOSPITAL-A|GW|GW|2024\rPID|1"[..], Some("HOSPITAL-A")),
            (b"\xEF\xBB\xBF\nMSH|^~\\&|HIS|1319999901^x^ISO|GW", Some("1319999901")),
            (b"MSH#*~\\&#HIS#B*x#GW\nPID#4", Some("B")),
            (b"MSH|^~\\&|HIS||GW|GW", None),
            (b"MSH|^~\\&|HIS|\"\"|GW|GW", None),
            (b"MSH|^~\\&|HIS\rPID|A|B|C|D", None),
            (b"PID|1|2|3|4", None),
            (b"", None),
            (b"MSH", None),
        ] {
            assert_eq!(of_header(header).as_deref(), facility, "{}", String::from_utf8_lossy(header));
        }
    }
}
