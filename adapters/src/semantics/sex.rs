//! Sex in the words of the formats.

use gemj_model::Sex;

/// Sex by the codes and words of HL7 v2 (table 0001), MIABIS and the usual forms. `Undifferentiated` and `A` (ambiguous) are
/// [`Sex::Other`]; `N/A` and `U` say nothing. Absent for anything else: numbers mean different things at different sites, and a profile has
/// to say which.
#[must_use]
pub fn parse_sex(text: &str) -> Option<Sex> {
    match text.trim().to_ascii_lowercase().as_str() {
        "m" | "male" | "男" | "男性" => Some(Sex::Male),
        "f" | "female" | "女" | "女性" => Some(Sex::Female),
        "o" | "a" | "other" | "undifferentiated" => Some(Sex::Other),
        "u" | "n" | "n/a" | "na" | "unknown" | "不明" => Some(Sex::Unknown),
        _ => None,
    }
}
