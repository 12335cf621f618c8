//! Parses the value of a line of OBO text: escapes, trailing qualifiers and trailing comments (OBO 1.4 § 3, "Characters and Escapes").

/// The id in a value; `None` if other text than qualifiers and a comment follows the id.
pub(super) fn id(value: &str) -> Option<String> {
    let value = value.trim();
    let end = unescaped(value)
        .find(|(_, c)| c.is_whitespace() || matches!(c, '{' | '!'))
        .map_or(value.len(), |(at, _)| at);
    let (id, rest) = value.split_at(end);
    let rest = rest.trim_start();
    (!id.is_empty() && (rest.is_empty() || rest.starts_with(['{', '!']))).then(|| plain(id))
}

/// The text in a value, unescaped, without qualifiers and comment.
pub(super) fn text(value: &str) -> String {
    let value = value.trim();
    let mut end = value.len();
    let mut qualifiers: Option<(usize, usize)> = None;
    let (mut open, mut quoted, mut after_space) = (None, false, true);
    for (at, c) in unescaped(value) {
        let starts = std::mem::replace(&mut after_space, c.is_whitespace());
        match (c, open) {
            ('"', Some(_)) => quoted = !quoted,
            (_, Some(_)) if quoted => {}
            ('}', Some(start)) => {
                qualifiers = Some((start, at + 1));
                open = None;
            }
            ('{', None) if starts => open = Some(at),
            ('!', _) if starts => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    let mut text = value[..end].trim_end();
    if let Some((start, close)) = qualifiers
        && close == text.len()
        && text[start..].contains('=')
    {
        text = text[..start].trim_end();
    }
    plain(text)
}

/// Whether a quotation mark is opened in the value and not closed.
pub(super) fn ends_quoted(value: &str) -> bool {
    unescaped(value).filter(|(_, c)| *c == '"').count() % 2 == 1
}

/// The characters of a text with their byte positions. Backslashes that escape a character are omitted, and an escaped character is returned as
/// `_`.
fn unescaped(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut escaping = false;
    text.char_indices().filter_map(move |(at, c)| {
        if std::mem::take(&mut escaping) {
            return Some((at, '_'));
        }
        escaping = c == '\\';
        (!escaping).then_some((at, c))
    })
}

fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        plain.push(match c {
            '\\' => match rest.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('W') => ' ',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_end_before_qualifiers_and_comments() {
        for text in [
            "HP:1",
            " HP:1 ! Seizure",
            "HP:1 {source=\"x\"} ! y",
            "HP:1{a=\"b\"}",
            "HP\\:1!x",
            "HP:1 !",
        ] {
            assert_eq!(id(text).as_deref(), Some("HP:1"), "{text}");
        }
        for text in ["", " ", "! HP:1", "HP:1 HP:2", "{a=\"b\"}"] {
            assert_eq!(id(text), None, "{text}");
        }
    }

    #[test]
    fn a_text_keeps_parts_that_only_look_like_a_qualifier_or_comment() {
        for (written, meant) in [
            ("Seizure", "Seizure"),
            ("Seizure ! a fit", "Seizure"),
            ("Seizure {source=\"a ! b } c\"} ! x", "Seizure"),
            ("Fit! Really", "Fit! Really"),
            ("2,3-{x} acid", "2,3-{x} acid"),
            ("a {b} c", "a {b} c"),
            ("a {b}", "a {b}"),
            ("a \\{b=\\\"c\\\"\\}", "a {b=\"c\"}"),
            ("a \\! b", "a ! b"),
            ("line\\none\\Wtwo\\\\", "line\none two\\"),
            ("てんかん発作 ! x", "てんかん発作"),
            ("", ""),
        ] {
            assert_eq!(text(written), meant, "{written}");
        }
    }
}
