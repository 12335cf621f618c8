//! Determines the state of a key from all files with this key.

use super::name::{Condition, FileName};

/// The role of a file among the files with its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The file is the current version of the unit.
    Current,
    /// The file declares the unit void.
    Deleted,
    /// The file is history, because another file determines the state.
    History,
    /// The file contradicts another file with the same time.
    Ambiguous,
}

/// Determines the role of each file with one key, in the order of the files.
pub(super) fn judge(files: &[&FileName]) -> Vec<Verdict> {
    let speaks = |file: &FileName| file.condition != Condition::Superseded;
    let latest = files.iter().filter(|file| speaks(file)).map(|file| file.time.as_str()).max();
    let is_latest = |file: &FileName| speaks(file) && Some(file.time.as_str()) == latest;
    let current_count = files
        .iter()
        .filter(|file| is_latest(file) && file.condition == Condition::Current)
        .count();
    let deleted_count = files
        .iter()
        .filter(|file| is_latest(file) && file.condition == Condition::Deleted)
        .count();
    let ambiguous = current_count > 1 || (current_count == 1 && deleted_count > 0);
    let mut deletion_said = false;
    files
        .iter()
        .map(|file| match file.condition {
            _ if !is_latest(file) => Verdict::History,
            _ if ambiguous => Verdict::Ambiguous,
            Condition::Current => Verdict::Current,
            // After a deletion, a renamed file and the newly written file can have the same time. The first of them counts as the deletion.
            Condition::Deleted if deletion_said => Verdict::History,
            Condition::Deleted => {
                deletion_said = true;
                Verdict::Deleted
            }
            Condition::Superseded => Verdict::History,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts(files: &[(&str, Condition)]) -> Vec<Verdict> {
        let names: Vec<_> = files
            .iter()
            .map(|(time, condition)| FileName {
                order: "1".to_owned(),
                time: (*time).to_owned(),
                condition: *condition,
                has_extension: false,
            })
            .collect();
        judge(&names.iter().collect::<Vec<_>>())
    }

    #[test]
    fn after_an_update_one_file_is_current_and_the_old_file_is_history() {
        let found = verdicts(&[("2", Condition::Current), ("1", Condition::Superseded)]);
        assert_eq!(found, [Verdict::Current, Verdict::History]);
    }

    #[test]
    fn the_later_of_two_current_files_counts_and_two_of_one_time_are_ambiguous() {
        let found = verdicts(&[("1", Condition::Current), ("2", Condition::Current)]);
        assert_eq!(found, [Verdict::History, Verdict::Current]);
        let found = verdicts(&[("2", Condition::Current), ("2", Condition::Current), ("1", Condition::Current)]);
        assert_eq!(found, [Verdict::Ambiguous, Verdict::Ambiguous, Verdict::History]);
    }

    #[test]
    fn a_deletion_counts_once_and_a_later_file_is_current_again() {
        let found = verdicts(&[("2", Condition::Deleted), ("2", Condition::Deleted), ("1", Condition::Deleted)]);
        assert_eq!(found, [Verdict::Deleted, Verdict::History, Verdict::History]);
        let found = verdicts(&[("2", Condition::Deleted), ("3", Condition::Current)]);
        assert_eq!(found, [Verdict::History, Verdict::Current]);
        let found = verdicts(&[("2", Condition::Deleted), ("1", Condition::Current)]);
        assert_eq!(found, [Verdict::Deleted, Verdict::History]);
        let found = verdicts(&[("2", Condition::Deleted), ("2", Condition::Current)]);
        assert_eq!(found, [Verdict::Ambiguous, Verdict::Ambiguous]);
    }

    #[test]
    fn a_history_file_without_a_current_file_gives_no_unit() {
        assert_eq!(verdicts(&[("1", Condition::Superseded)]), [Verdict::History]);
    }
}
