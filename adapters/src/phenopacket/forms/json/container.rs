//! Recognises a large `Family` or `Cohort` by its start.

/// The lists of packets in a `Family` or `Cohort`.
const LISTS: [&str; 2] = ["relatives", "members"];

/// The list of packets that is open at the end of the start of a document: its name, and the position of its first item. `None` if the end is
/// inside another member. The document begins with `{`.
pub(super) fn open_list(start: &[u8]) -> Option<(&'static str, usize)> {
    let (mut depth, mut in_text, mut is_escaped) = (0_u64, false, false);
    // The last text directly in the document, and the name of the member that is open.
    let (mut text_from, mut text) = (0, &b""[..]);
    let (mut name, mut list) = (&b""[..], None);
    for (at, byte) in start.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' if in_text => {
                in_text = false;
                if depth == 1 {
                    text = start.get(text_from..at).unwrap_or_default();
                }
            }
            _ if in_text => {}
            b'"' => {
                in_text = true;
                text_from = at + 1;
            }
            b':' if depth == 1 => name = text,
            b'{' | b'[' => {
                depth += 1;
                if depth == 2 {
                    list = (*byte == b'[').then_some((name, at + 1));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    let (name, at) = list.filter(|_| depth >= 2)?;
    LISTS.into_iter().find(|known| known.as_bytes() == name).map(|known| (known, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_that_is_open_at_the_end_is_found() {
        for (start, list) in [
            (r#"{"id":"c","members":[{"id":"a"},{"id":"#, Some(("members", 21))),
            (r#"{ "relatives" : ["#, Some(("relatives", 17))),
            (r#"{"x":"members\":[","relatives":[[{"#, Some(("relatives", 32))),
            (r#"{"members":[{}],"files":[{"#, None),
            (r#"{"members":[{}]"#, None),
            (r#"{"members":{"members":[{"#, None),
            (r#"{"interpretations":[{"members":["#, None),
            (r#"{"a":"members:["#, None),
            ("", None),
        ] {
            assert_eq!(open_list(start.as_bytes()), list, "{start}");
        }
    }
}
