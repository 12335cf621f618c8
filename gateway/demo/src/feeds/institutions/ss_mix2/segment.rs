//! Writes a segment of an HL7 v2 message.

/// The text of a segment with these fields, including CR. Fields are numbered as in HL7: the fields of MSH start at 2, because MSH-1 is the
/// separator.
pub(super) fn segment(name: &str, fields: &[(usize, &str)]) -> String {
    let first = if name == "MSH" { 2 } else { 1 };
    let last = fields.iter().map(|(number, _)| *number).max().unwrap_or(0);
    let mut text = String::from(name);
    for number in first..=last {
        text.push('|');
        if let Some((_, value)) = fields.iter().find(|(n, _)| *n == number) {
            text.push_str(value);
        }
    }
    text.push('\r');
    text
}
