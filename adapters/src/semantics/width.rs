//! Full-width signs of ASCII.

/// The text with full-width ASCII (`０`, `＜`, `Ａ`) and the ideographic space as ASCII, and nothing else changed.
pub(crate) fn narrow(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{3000}' => ' ',
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            other => other,
        })
        .collect()
}
