//! Parses sex in the codes and words of the formats.

use gemj_model::Sex;

/// Parses sex in the codes and words of HL7 v2 (table 0001), MIABIS and common forms. `Undifferentiated` and `A` (ambiguous) are
/// [`Sex::Other`]; `N/A` and `U` are [`Sex::Unknown`]. `None` for any other text. Numbers have different meanings at different sites, so a
/// profile must map them.
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
