//! Faults of cells of a linkage sheet. A program for spreadsheets changes long numbers and adds line breaks, and a changed number can be that of another
//! person. One fault refuses the whole sheet, because the other cells of the sheet came from the same program.

/// Why a cell of a sheet is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellFault {
    /// The cell has a line break or another control character.
    ControlCharacter,
    /// The cell is a number with an exponent (`1.23457E+05`): digits of the original number are lost.
    Exponent,
    /// The cell is an error or a formula of a program for spreadsheets (`#N/A`, `#####`, `=A1`).
    Formula,
    /// The participant to register has a character that is not a letter, a digit or one of `. _ : -`.
    NotAnId,
}

impl CellFault {
    /// The fault in words.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::ControlCharacter => "has a line break or another control character",
            Self::Exponent => "is a number with an exponent, as spreadsheets write long numbers: its last digits are lost",
            Self::Formula => "is an error or a formula of a spreadsheet",
            Self::NotAnId => {
                "has a space or another character that an id cannot have: letters and digits of ASCII and . _ : - are accepted"
            }
        }
    }
}

/// The fault of an institution's number; `None` if it has none.
pub(super) fn of_number(text: &str) -> Option<CellFault> {
    if text.chars().any(char::is_control) {
        Some(CellFault::ControlCharacter)
    } else if has_exponent(text) {
        Some(CellFault::Exponent)
    } else if text.starts_with(['#', '=']) {
        Some(CellFault::Formula)
    } else {
        None
    }
}

/// The fault of the id of a participant that the sheet is to register; `None` if it has none. A name, an address or a sentence is no id.
pub(super) fn of_new_participant(text: &str) -> Option<CellFault> {
    let is_of_id = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    of_number(text).or_else(|| {
        let is_id = text.bytes().all(is_of_id) && text.starts_with(|first: char| first.is_ascii_alphanumeric());
        (!is_id).then_some(CellFault::NotAnId)
    })
}

/// Whether a text is a number with an exponent as spreadsheets write it: a digit, perhaps a fraction, `E` with its sign, and digits. `12E5` is not: it
/// can be a number of a hospital.
fn has_exponent(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return false;
    };
    let (sign, digits) = match exponent.strip_prefix(['+', '-']) {
        Some(digits) => (true, digits),
        None => (false, exponent),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    is_number(whole) && is_number(fraction) && is_number(digits) && (sign || mantissa.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_a_spreadsheet_damaged_is_refused() {
        for text in ["1.23457E+05", "1E+05", "1.2e5", "-1.5E-3"] {
            assert_eq!(of_number(text), Some(CellFault::Exponent), "{text}");
        }
        for text in ["#N/A", "#####", "=A1"] {
            assert_eq!(of_number(text), Some(CellFault::Formula), "{text}");
        }
        for text in ["12\n34", "1\t2", "\u{85}1"] {
            assert_eq!(of_number(text), Some(CellFault::ControlCharacter), "{text:?}");
        }
        for text in ["00123456", "12E5", "E1234", "1234E", "A-1.2", "患者1", "1+5"] {
            assert_eq!(of_number(text), None, "{text}");
        }
    }

    #[test]
    fn a_new_participant_has_an_id_and_no_name() {
        for text in ["P-A", "GMJ-C-0003", "PMID_123:1.2", "7"] {
            assert_eq!(of_new_participant(text), None, "{text}");
        }
        for text in ["山田 花子", "Yamada Hanako", "-1", "a/b", "a@b.jp", "P\u{a0}1"] {
            assert_eq!(of_new_participant(text), Some(CellFault::NotAnId), "{text}");
        }
        assert_eq!(of_new_participant("1.5E+07"), Some(CellFault::Exponent));
    }
}
