//! The logging of a project that was pulled together with the list of its records.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;

use super::log::{Event, Kind, event, is_log};
use super::rows::{Row, Rows};
use super::source::{SizeLimit, Source};
use super::{MAX_CONVERTED_BYTES, MAX_EXPORT_BYTES, Refused};

/// The columns of the logging that the copy has. The column of the user is empty in the copy.
const COLUMNS: [&str; 5] = ["timestamp", "username", "action", "details", "record"];

/// Why the logging of a project could not be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogFault {
    /// The text is not the logging of a project.
    #[error("the answer is not the logging of a project")]
    NotTheLogging,
    /// The copy could not be written.
    #[error("the copy of the logging could not be written")]
    NotWritten,
}

/// Copies the logging of a project (an answer of the API in JSON) as an array of rows, without the names of users. `is_listed` states which records the
/// project had when they were listed before or after the logging was read. The copy lacks these rows:
///
/// * rows that state the deletion or the renaming of a listed record: the record exists, or its deletion came after the first list, and the next pull
///   finds it;
/// * rows that state the creation or a change of a record that is not listed, in the minute of its deletion. The logging has no seconds, but the record
///   does not exist, so the deletion came last.
///
/// `record_id` is the variable of the record id. Returns the number of rows of the copy. The memory is that of one row, and of the deleted
/// records.
///
/// # Errors
/// [`LogFault`].
pub fn copy_log(from: &Path, to: &mut dyn Write, record_id: &str, is_listed: &dyn Fn(&str) -> bool) -> Result<u64, LogFault> {
    let limit = SizeLimit {
        utf_8_bytes: MAX_EXPORT_BYTES,
        converted_bytes: MAX_CONVERTED_BYTES,
    };
    let open = || Rows::open(Source::open(from, limit)?);
    let rows: Rows = open().map_err(|_: Refused| LogFault::NotTheLogging)?;
    if !rows.header.is_empty() && !is_log(&rows) {
        return Err(LogFault::NotTheLogging);
    }
    let columns = COLUMNS.map(|name| rows.column(name));
    let mut lost: HashSet<(String, String)> = HashSet::new();
    let noted = rows.all(&mut |row: Row| {
        let [time, _, action, details, record] = columns.map(|column| row.cell(column));
        if let Event::Of(list) = event(action, record, details, record_id) {
            let of_unlisted = list
                .into_iter()
                .filter(|(record, kind)| *kind != Kind::Exists && !is_known(record, is_listed));
            lost.extend(of_unlisted.map(|(record, _)| (record, time.trim().to_owned())));
        }
        Ok(())
    });
    let _ = noted.map_err(|_: Refused| LogFault::NotTheLogging)?;
    let mut count = 0;
    let mut is_written = to.write_all(b"[").is_ok();
    let read = rows.all(&mut |row: Row| {
        let [time, _, action, details, record] = columns.map(|column| row.cell(column));
        if is_contradicted(event(action, record, details, record_id), time, &lost, is_listed) {
            return Ok(());
        }
        let cells = [time, "", action, details, record];
        // The names are in the order of the API, because a reader recognises the logging by the names at its beginning.
        let members = COLUMNS.into_iter().zip(cells);
        let members: Vec<String> = members
            .map(|(name, cell)| format!("\"{name}\":{}", serde_json::Value::from(cell)))
            .collect();
        let begin = if count == 0 { "\n" } else { ",\n" };
        is_written = is_written && write!(to, "{begin}{{{}}}", members.join(",")).is_ok();
        count += 1;
        Ok(())
    });
    is_written = is_written && to.write_all(b"\n]\n").and_then(|()| to.flush()).is_ok();
    match (read, is_written) {
        (Err(_), _) => Err(LogFault::NotTheLogging),
        (Ok(_), false) => Err(LogFault::NotWritten),
        (Ok(_), true) => Ok(count),
    }
}

fn is_known(record: &str, is_listed: &dyn Fn(&str) -> bool) -> bool {
    is_listed(record) || is_listed(record.trim())
}

/// Whether the lists contradict an event, or state that it was not the last one of its minute. `lost` are the deleted records that are not listed, with the
/// times of their deletions.
fn is_contradicted(event: Event, time: &str, lost: &HashSet<(String, String)>, is_listed: &dyn Fn(&str) -> bool) -> bool {
    match event {
        Event::Of(list) if list.iter().all(|(_, kind)| *kind == Kind::Exists) => {
            let time = time.trim().to_owned();
            list.into_iter().any(|(record, _)| lost.contains(&(record, time.clone())))
        }
        Event::Of(list) => list
            .iter()
            .any(|(record, kind)| *kind != Kind::Exists && is_known(record, is_listed)),
        Event::UnreadDeletion | Event::Other => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn copied(log: &str, listed: &[&str]) -> Result<(u64, Value), LogFault> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.json");
        std::fs::write(&path, log).unwrap();
        let mut copy = Vec::new();
        let count = copy_log(&path, &mut copy, "record_id", &|record| listed.contains(&record))?;
        Ok((count, serde_json::from_slice(&copy).unwrap()))
    }

    fn row(action: &str, record: &str, details: &str) -> Value {
        serde_json::json!({"timestamp": "2026-04-01 10:00", "username": "tanaka", "action": action, "details": details, "record": record})
    }

    #[test]
    fn only_deletions_and_renamings_of_listed_records_are_left_out_and_no_user_is_copied() {
        let log = Value::Array(vec![
            row("Delete record 12", "12", "record_id = '12'"),
            row("Delete record 13", "13", "record_id = '13'"),
            row("Update record B-14", "14", "record_id = 'B-14'"),
            row("Create record 12", "12", "record_id = '12'"),
            row("Manage/Design", "", "Edit project field"),
        ]);
        let (count, copy) = copied(&log.to_string(), &["12", "14"]).unwrap();
        let actions: Vec<&str> = copy.as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["Delete record 13", "Create record 12", "Manage/Design"]);
        assert_eq!((count, copy.to_string().contains("tanaka")), (3, false));
        assert_eq!(copied("[]", &[]).unwrap().0, 0);
    }

    #[test]
    fn a_record_that_was_created_and_deleted_in_one_minute_and_is_not_listed_was_deleted_last() {
        let later = serde_json::json!({"timestamp": "2026-04-01 10:01", "username": "", "action": "Create record 12", "details": "", "record": "12"});
        let minute = [
            row("Create record 12", "12", ""),
            row("Delete record 12", "12", ""),
            row("Update record 13", "13", ""),
        ];
        let actions = |log: &[Value]| -> Vec<String> {
            let (_, copy) = copied(&Value::from(log.to_vec()).to_string(), &["13"]).unwrap();
            let rows = copy.as_array().unwrap().clone();
            rows.iter().map(|row| row["action"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(actions(&minute), ["Delete record 12", "Update record 13"]);
        // A creation in a later minute stays, and the record was then lost in another way than by a deletion.
        let all = [&minute[..], &[later]].concat();
        assert_eq!(actions(&all), ["Delete record 12", "Update record 13", "Create record 12"]);
    }

    #[test]
    fn a_text_that_is_not_a_complete_logging_is_refused() {
        let whole = Value::Array(vec![row("Delete record 12", "12", "")]).to_string();
        for text in [
            &whole[..whole.len() - 1],
            r#"[{"record_id":"1"}]"#,
            r#"{"error":"no rights"}"#,
            "<html></html>",
            "",
        ] {
            assert_eq!(copied(text, &[]), Err(LogFault::NotTheLogging), "{text}");
        }
    }
}
