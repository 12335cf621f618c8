use crate::BadRequest;

/// Parses the value of the query parameter `expand`: `true` or `false` in any letter case, `1` or `0`. Clients written in Python send `True`.
///
/// # Errors
/// [`BadRequest::Expand`] for any other value.
pub fn parse_expand(value: &str) -> Result<bool, BadRequest> {
    if value == "1" || value.eq_ignore_ascii_case("true") {
        Ok(true)
    } else if value == "0" || value.eq_ignore_ascii_case("false") {
        Ok(false)
    } else {
        Err(BadRequest::Expand)
    }
}

/// Finds `expand` in the percent-decoded pairs of a URL's query and parses its value. An absent `expand` means `false`. Other parameters are
/// ignored.
///
/// Bulk requests also have `expand` in the URL, although their other parameters are in the body (DRS 1.5 § POST /objects).
///
/// # Errors
/// [`BadRequest`] if the value is not a boolean, or if `expand` occurs more than once.
pub fn expand_from_query(pairs: &[(String, String)]) -> Result<bool, BadRequest> {
    let mut values = pairs.iter().filter(|(name, _)| name == "expand").map(|(_, value)| value.as_str());
    let Some(value) = values.next() else { return Ok(false) };
    if values.next().is_some() {
        return Err(BadRequest::ExpandRepeated);
    }
    parse_expand(value)
}
