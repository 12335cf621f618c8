//! The fields of a message that may enter a unit.
//!
//! This is an allow-list, so a field that the list does not name stays outside. Among others, the list does not contain:
//!
//! * names (PID-5, -6, -9), addresses and telephone numbers (PID-11, -13, -14);
//! * other numbers of the person (PID-2, -4, -18, -19, -20);
//! * families (NK1), insurers (IN1, ZI1), visits (PV1, PV2), allergies (AL1, IAM);
//! * staff (ORC-10 to -12, OBR-10, -16, -28 to -35, OBX-15, -16, -25), and free notes (NTE, SPM-14).

/// Whether a field of a segment may enter, by the segment's name and the field's number.
#[must_use]
pub fn is_admitted(segment: &str, field: usize) -> bool {
    match segment {
        // sending system and facility, time, type, control number
        "MSH" => matches!(field, 3 | 4 | 7 | 9 | 10),
        // the number, birth, sex, death indicator
        "PID" => matches!(field, 3 | 7 | 8 | 30),
        // problems, with their modifiers
        "PRB" | "ZPR" | "ZPD" => true,
        // control, order numbers, group, status, time
        "ORC" => matches!(field, 1..=5 | 9),
        // numbers, service, times, results' time and section, status
        "OBR" => matches!(field, 1..=4 | 7 | 8 | 14 | 22 | 24 | 25),
        // type, identifier, value, unit, range, flags, status, times, method
        "OBX" => matches!(field, 1..=8 | 11 | 14 | 17 | 19),
        // numbers, type, source, quantity, times, condition
        "SPM" => matches!(field, 1..=13 | 15 | 17..=26),
        _ => false,
    }
}

/// Whether a value of this type (OBX-2, HL7 table 0125) may enter. Names, addresses, telephone numbers, persons, documents and free text
/// may not enter.
#[must_use]
pub fn is_admitted_type(value_type: &str) -> bool {
    matches!(
        value_type,
        "NM" | "ST" | "SN" | "CE" | "CWE" | "CNE" | "CF" | "IS" | "ID" | "DT" | "TM" | "TS" | "DTM" | "DR" | "SI"
    )
}

/// Whether a value of this type (OBX-2) is one text without components (HL7 v2.5 chapter 2.A, the primitive types).
pub(super) fn has_no_components(value_type: &str) -> bool {
    matches!(value_type, "NM" | "ST" | "IS" | "ID" | "DT" | "TM" | "DTM" | "SI")
}
