//! Lines of OBO text as they are meant: a backslash at the end of a line joins the next one to it.

use std::borrow::Cow;

/// One line.
pub(super) struct Line<'t> {
    /// Where it begins, from 1.
    pub(super) number: u64,
    /// Without its end.
    pub(super) text: Cow<'t, str>,
    /// Whether an end of line follows it; only the last one may lack it.
    pub(super) is_ended: bool,
}

/// The lines of a text, ended by LF or CR LF.
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

/// Whether a line ends with a backslash that is not itself escaped.
fn is_continued(line: &str) -> bool {
    line.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1
}
