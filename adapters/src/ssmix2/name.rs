//! Parses the seven parts of a file's name in an SS-MIX2 storage.

/// The state of the file, from the last part of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// `1`: the file is current.
    Current,
    /// `2`: a newer file replaces the file.
    Superseded,
    /// `0`: the unit of the file is deleted.
    Deleted,
}

/// The parts of a file's name that are read. A name has the parts patient, care date, data type, order number, occurrence time, department and
/// condition.
pub(super) struct FileName {
    /// The order number, up to 15 characters; without meaning for a snapshot.
    pub(super) order: String,
    /// The occurrence time, `YYYYMMDDHHMMSSFFF`.
    pub(super) time: String,
    pub(super) condition: Condition,
}

/// Why the name of a file is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameFault {
    /// The name does not have seven parts, or a part has the wrong form.
    Parts,
    /// The patient, care date or data type in the name differs from the folders.
    Folders,
    /// The last part (the condition) is not 0, 1 or 2.
    Condition,
}

impl NameFault {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Parts => "file-name",
            Self::Folders => "path-name-mismatch",
            Self::Condition => "condition-flag",
        }
    }

    pub(super) const fn detail(self) -> &'static str {
        match self {
            Self::Parts => "the file's name does not have the seven parts of an SS-MIX2 name",
            Self::Folders => "the patient, care date or data type in the file's name differs from the folders",
            Self::Condition => "the file's name does not end in 0, 1 or 2",
        }
    }
}

/// Parses the name of a file in the folders of this patient, care date and data type.
pub(super) fn parse(name: &str, patient: &str, care_date: &str, data_type: &str) -> Result<FileName, NameFault> {
    // The name is split from its end, because a patient's number may contain an underscore.
    let mut parts = name.rsplitn(7, '_');
    let [condition, department, time, order, kind, date, number] = std::array::from_fn(|_| parts.next().unwrap_or_default());
    let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    let code = |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if number.is_empty() || !code(order, 15) || !digits(time, 17) || !code(department, 8) {
        return Err(NameFault::Parts);
    }
    if (number, date, kind) != (patient, care_date, data_type) {
        return Err(NameFault::Folders);
    }
    let condition = match condition {
        "1" => Condition::Current,
        "2" => Condition::Superseded,
        "0" => Condition::Deleted,
        _ => return Err(NameFault::Condition),
    };
    Ok(FileName {
        order: order.to_owned(),
        time: time.to_owned(),
        condition,
    })
}
