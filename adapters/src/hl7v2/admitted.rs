//! The allow-list of the message fields that may enter a unit.
//!
//! A field that the list does not name never enters a unit. Among others, the list does not contain:
//!
//! * names (PID-5, -6, -9), addresses and telephone numbers (PID-11, -13, -14);
//! * other numbers of the person (PID-2, -4, -18, -19, -20);
//! * families (NK1), insurers (IN1, ZI1), visits (PV1, PV2), allergies (AL1, IAM);
//! * staff (ORC-10 to -12, OBR-10, -16, -28 to -35, OBX-15, -16, -25), and free notes (NTE, SPM-14).

use crate::unit::LeftOutRule;

/// Whether a field may enter a unit, by the name of its segment and the number of the field.
#[must_use]
pub fn is_admitted(segment: &str, field: usize) -> bool {
    match segment {
        // The fields of MSH: sending system and facility, time, type, control number.
        "MSH" => matches!(field, 3 | 4 | 7 | 9 | 10),
        // The fields of PID: the patient's number, birth, sex, death indicator.
        "PID" => matches!(field, 3 | 7 | 8 | 30),
        // All fields of problems and their modifiers.
        "PRB" | "ZPR" | "ZPD" => true,
        // The fields of ORC: control, order numbers, group, status, time.
        "ORC" => matches!(field, 1..=5 | 9),
        // The fields of OBR: numbers, service, times, time and section of the results, status.
        "OBR" => matches!(field, 1..=4 | 7 | 8 | 14 | 22 | 24 | 25),
        // The fields of OBX: type, identifier, value, unit, range, flags, status, times, method.
        "OBX" => matches!(field, 1..=8 | 11 | 14 | 17 | 19),
        // The fields of SPM: numbers, type, source, quantity, times, condition.
        "SPM" => matches!(field, 1..=13 | 15 | 17..=26),
        _ => false,
    }
}

/// Whether the decoder itself reads the field, so that the field is neither stored nor left out: the delimiters and the character sets.
pub(super) fn is_of_the_decoder(segment: &str, field: usize) -> bool {
    segment == "MSH" && matches!(field, 1 | 2 | 18)
}

/// The rule by which a value of this type (OBX-2, HL7 v2.5 table 0440) never enters a unit. `None` for every other type, also for a type that
/// HL7 does not define: the meaning of that value is then not understood, but its text is kept.
#[must_use]
pub fn left_out_type(value_type: &str) -> Option<LeftOutRule> {
    match value_type {
        // Names of persons, and persons with their numbers. CM has no parts of its own: in earlier versions it could contain a person.
        "PN" | "XPN" | "FN" | "PPN" | "XCN" | "CN" | "CNN" | "NDL" | "PTA" | "CM" => Some(LeftOutRule::IdentifierType),
        // Addresses, telephone numbers, locations and organisations.
        "AD" | "SAD" | "XAD" | "LA1" | "LA2" | "TN" | "XTN" | "PL" | "XON" => Some(LeftOutRule::IdentifierType),
        // Numbers of persons, licences, payments and things.
        "CK" | "CX" | "DLN" | "PLN" | "AUI" | "JCC" | "CCP" | "CCD" | "EI" | "EIP" | "PIP" => Some(LeftOutRule::IdentifierType),
        "TX" | "FT" => Some(LeftOutRule::FreeText),
        "ED" | "RP" => Some(LeftOutRule::DocumentType),
        _ => None,
    }
}

/// Whether values of this type (OBX-2) consist of one text without components (HL7 v2.5 chapter 2.A, the primitive types).
pub(super) fn has_no_components(value_type: &str) -> bool {
    matches!(value_type, "NM" | "ST" | "IS" | "ID" | "DT" | "TM" | "DTM" | "SI")
}
