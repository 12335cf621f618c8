//! Finds the participant in a body that is not JSON, for example because its end is missing.

use super::PortalParticipant;

/// The participant that a damaged statement names. Absent if the statement contains none, or several different ones.
pub(super) fn participant(bytes: &[u8]) -> Option<PortalParticipant> {
    let text = String::from_utf8_lossy(bytes);
    match (only(&text, "namespace"), only(&text, "number"), only(&text, "patient")) {
        (Some(namespace), Some(number), None) => Some(PortalParticipant::Number { namespace, number }),
        (None, None, Some(id)) => Some(PortalParticipant::Patient(id)),
        _ => None,
    }
}

/// The kind that a damaged statement names; absent if it contains none, or several different ones.
pub(super) fn kind(bytes: &[u8]) -> Option<String> {
    only(&String::from_utf8_lossy(bytes), "kind")
}

/// The value of a member, if the text contains exactly one complete value for the member.
fn only(text: &str, name: &str) -> Option<String> {
    let quoted = format!("\"{name}\"");
    let mut found: Option<String> = None;
    for (at, _) in text.match_indices(&quoted) {
        let rest = text.get(at + quoted.len()..)?.trim_start();
        let Some(rest) = rest.strip_prefix(':').map(str::trim_start) else {
            continue;
        };
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<String>();
        let value = values.next()?.ok()?;
        if found.as_ref().is_some_and(|earlier| *earlier != value) {
            return None;
        }
        found = Some(value);
    }
    found
}
