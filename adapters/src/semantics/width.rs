//! Converts full-width forms of ASCII characters.

/// Replaces full-width ASCII (`０`, `＜`, `Ａ`) and the ideographic space by ASCII, and changes nothing else.
pub(crate) fn narrow(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{3000}' => ' ',
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            other => other,
        })
        .collect()
}
