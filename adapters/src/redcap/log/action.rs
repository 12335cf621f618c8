//! The events of the logging that are about records.

/// What an event states about a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::redcap) enum Kind {
    Exists,
    Deleted,
    /// The record was deleted in one arm. It can exist in another arm.
    DeletedInArm,
    /// The record has another id now.
    Renamed,
}

/// One row of the logging.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::redcap) enum Event {
    /// The records of the row, and what it states about each.
    Of(Vec<(String, Kind)>),
    /// A deletion of a record whose id is not certain.
    UnreadDeletion,
    /// The row is not about a record.
    Other,
}

/// Reads a row. `record` is the column that REDCap has since 13.4.9. `record_id` is the variable of the record id.
pub(in crate::redcap) fn event(action: &str, record: &str, details: &str, record_id: &str) -> Event {
    let plain = action.trim().to_lowercase();
    let is_deletion = plain.starts_with("delete") && plain.contains("record");
    let verbs = ["create", "created", "update", "updated"];
    let is_change = verbs.iter().any(|verb| {
        let rest = plain.strip_prefix(verb).and_then(|rest| rest.strip_prefix(' '));
        rest.is_some_and(|rest| rest.starts_with("record") || rest.starts_with("response"))
    });
    if !is_deletion && !is_change {
        return Event::Other;
    }
    let in_column = Some(record).filter(|record| !record.trim().is_empty());
    let in_details = stated_in(details, record_id);
    let in_action = id_after(action.trim());
    if is_deletion {
        let is_record = plain.starts_with("delete record") || plain.starts_with("deleted record");
        let is_contradiction = in_column
            .zip(in_details)
            .is_some_and(|(column, details)| column.trim() != details.trim());
        let id = in_column.or(in_details).or(in_action);
        return match id.filter(|_| is_record && !is_contradiction) {
            None => Event::UnreadDeletion,
            Some(id) => {
                let rest = plain.split_once("record").map_or("", |(_, rest)| rest);
                let is_of_arm = rest.replace(&id.to_lowercase(), "").contains("arm ");
                let kind = if is_of_arm { Kind::DeletedInArm } else { Kind::Deleted };
                Event::Of(vec![(id.to_owned(), kind)])
            }
        };
    }
    match (in_column, in_details) {
        // A change of the record id itself renames the record. The details have the new id.
        (Some(old), Some(new)) if old.trim() != new.trim() && plain.starts_with("update") => {
            Event::Of(vec![(old.to_owned(), Kind::Renamed), (new.to_owned(), Kind::Exists)])
        }
        (column, details) => match column.or(details).or(in_action) {
            Some(id) => Event::Of(vec![(id.to_owned(), Kind::Exists)]),
            None => Event::Other,
        },
    }
}

/// The value of the record id in the details: `record_id = '12'`. `None` if the details do not state it exactly once.
fn stated_in<'d>(details: &'d str, record_id: &str) -> Option<&'d str> {
    let begin = format!("{record_id} = '");
    let mut found = details.match_indices(&begin).filter(|(at, _)| {
        let before = details.get(..*at).and_then(|before| before.chars().next_back());
        before.is_none_or(|c| c.is_whitespace() || c == ',')
    });
    let (at, _) = found.next()?;
    if found.next().is_some() {
        return None;
    }
    let rest = details.get(at + begin.len()..)?;
    let id = rest.split('\'').next()?;
    // A quotation mark inside the id would make its end uncertain.
    let end = rest.get(id.len() + 1..)?.trim_start();
    (!id.is_empty() && (end.is_empty() || end.starts_with(','))).then_some(id)
}

/// The id behind the words of an action (`Delete record 12`), if it is one word.
fn id_after(action: &str) -> Option<&str> {
    let mut words = action.split_whitespace();
    let (_, _, id) = (words.next()?, words.next()?, words.next()?);
    (words.next().is_none() && !id.starts_with('(')).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_states_the_record_in_its_column_its_details_or_its_words() {
        let of = |action: &str, record: &str, details: &str| event(action, record, details, "record_id");
        let one = |id: &str, kind| Event::Of(vec![(id.to_owned(), kind)]);
        assert_eq!(of("Delete record 12", "12", ""), one("12", Kind::Deleted));
        assert_eq!(of("Deleted Record 12", "", "record_id = '12'"), one("12", Kind::Deleted));
        assert_eq!(of("Delete record 12", "", ""), one("12", Kind::Deleted));
        assert_eq!(of("Delete record 12 (Arm 2: Control)", "12", ""), one("12", Kind::DeletedInArm));
        assert_eq!(of("Delete record (Auto) of 12", "", ""), Event::UnreadDeletion);
        assert_eq!(of("Delete record 12", "12", "record_id = '13'"), Event::UnreadDeletion);
        assert_eq!(
            of("Update record 12", "12", "sex = '1', x_record_id = '9'"),
            one("12", Kind::Exists)
        );
        let renamed = Event::Of(vec![("12".to_owned(), Kind::Renamed), ("A-12".to_owned(), Kind::Exists)]);
        assert_eq!(of("Update record A-12", "12", "record_id = 'A-12'"), renamed);
        assert_eq!(of("Manage/Design", "", "Delete project field"), Event::Other);
    }
}
