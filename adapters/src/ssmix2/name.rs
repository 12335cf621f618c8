//! Parses the seven parts of a file's name in an SS-MIX2 storage.

use jiff::civil::Date;

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
    /// The order number, up to 15 characters.
    pub(super) order: String,
    /// The occurrence time, `YYYYMMDDHHMMSSFFF`.
    pub(super) time: String,
    pub(super) condition: Condition,
    /// Whether the name ends in `.hl7` or `.txt`. SS-MIX2 names have no extension, but some systems write one.
    pub(super) has_extension: bool,
}

/// Why the name of a file is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameFault {
    /// The name does not have seven parts, or a part has the wrong form.
    Parts,
    /// The patient, care date or data type in the name differs from the folders.
    Folders,
    /// The occurrence time is not a time of the calendar, or is not between 1970 and 2199.
    Time,
    /// The last part (the condition) is not 0, 1 or 2.
    Condition,
}

impl NameFault {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Parts => "file-name",
            Self::Folders => "path-name-mismatch",
            Self::Time => "file-time",
            Self::Condition => "condition-flag",
        }
    }

    pub(super) const fn detail(self) -> &'static str {
        match self {
            Self::Parts => "the file's name does not have the seven parts of an SS-MIX2 name",
            Self::Folders => "the patient, care date or data type in the file's name differs from the folders",
            Self::Time => "the occurrence time in the file's name is not a time of the years 1970 to 2199",
            Self::Condition => "the file's name does not end in 0, 1 or 2",
        }
    }
}

/// Parses the name of a file in the folders of this patient, care date and data type.
pub(super) fn parse(name: &str, patient: &str, care_date: &str, data_type: &str) -> Result<FileName, NameFault> {
    let plain = without_extension(name);
    let has_extension = plain.len() < name.len();
    // The name is split from its end, because a patient's number may contain an underscore.
    let mut parts = plain.rsplitn(7, '_');
    let [condition, department, time, order, kind, date, number] = std::array::from_fn(|_| parts.next().unwrap_or_default());
    let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    let code = |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if number.is_empty() || !code(order, 15) || !digits(time, 17) || !code(department, 8) {
        return Err(NameFault::Parts);
    }
    if (number, date, kind) != (patient, care_date, data_type) {
        return Err(NameFault::Folders);
    }
    if !is_time(time) {
        return Err(NameFault::Time);
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
        has_extension,
    })
}

/// The name without `.hl7` or `.txt` at its end.
pub(super) fn without_extension(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((plain, end)) if end.eq_ignore_ascii_case("hl7") || end.eq_ignore_ascii_case("txt") => plain,
        Some(_) | None => name,
    }
}

/// Whether 17 digits are a time of the calendar in the years in which storages are written. The file of another time would hide all others.
pub(super) fn is_time(digits: &str) -> bool {
    let part = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<i16>().ok());
    let small = |from: usize, to: usize| part(from, to).and_then(|part| i8::try_from(part).ok());
    let (Some(year), Some(month), Some(day)) = (part(0, 4), small(4, 6), small(6, 8)) else {
        return false;
    };
    let (Some(hour), Some(minute), Some(second)) = (small(8, 10), small(10, 12), small(12, 14)) else {
        return false;
    };
    (1970..=2199).contains(&year) && Date::new(year, month, day).is_ok() && hour <= 24 && minute <= 59 && second <= 60
}
