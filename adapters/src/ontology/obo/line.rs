//! Logical lines of OBO text: a backslash at the end of a line joins the next line to it.

use std::borrow::Cow;

/// One logical line of OBO text.
pub(super) struct Line<'t> {
    /// The number of the first physical line in the file, counted from 1.
    pub(super) number: u64,
    /// The text of the line, without the line end.
    pub(super) text: Cow<'t, str>,
    /// Whether a line end follows the line. Only the last line may have none.
    pub(super) is_ended: bool,
}

/// The logical lines of a text. Physical lines end with LF or CR LF.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut pieces = (1..).zip(text.split_inclusive('\n'));
    std::iter::from_fn(move || {
        let (number, piece) = pieces.next()?;
        let (first, mut is_ended) = without_end(piece);
        let mut text = Cow::Borrowed(first);
        while is_ended && is_continued(&text) {
            let Some((_, piece)) = pieces.next() else { break };
            let (next, ended) = without_end(piece);
            let joined = text.to_mut();
            joined.pop();
            joined.push_str(next);
            is_ended = ended;
        }
        Some(Line { number, text, is_ended })
    })
}

fn without_end(piece: &str) -> (&str, bool) {
    match piece.strip_suffix('\n') {
        Some(line) => (line.strip_suffix('\r').unwrap_or(line), true),
        None => (piece, false),
    }
}

/// Whether a physical line ends with a backslash that is not itself escaped, so that the next line belongs to it.
fn is_continued(line: &str) -> bool {
    line.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1
}
