//! The reason for which a unit is refused that the store does not accept.

/// The code and the words of the reason. `field` is the field in which the unit contradicts what is stored, as in `SinkError::Conflict`.
pub(crate) fn conflict(field: &str) -> (&'static str, String) {
    match field {
        "purged" => ("purged", "the data of the participant was erased".to_owned()),
        _ => ("conflict", format!("contradicts what is stored: {field}")),
    }
}
