//! Recognises the words that mean a withdrawal.

/// Parts of words that mean a withdrawal, in lower case.
const WORDS: [&str; 24] = [
    "withdr",
    "revok",
    "revoc",
    "opt-out",
    "optout",
    "opt out",
    "opted out",
    "撤回",
    "取り下げ",
    "取下げ",
    "取消",
    "不同意",
    "同意しない",
    "拒否",
    "中止",
    "取り消",
    "辞退",
    "離脱",
    "取りやめ",
    "取り止め",
    "取りさげ",
    "同意しません",
    "同意できません",
    "cancel",
];

/// The Japanese words for a withdrawal in Shift JIS, in the same order as in [`WORDS`].
const SHIFT_JIS: [&[u8]; 16] = [
    b"\x93\x50\x89\xf1",
    b"\x8e\xe6\x82\xe8\x89\xba\x82\xb0",
    b"\x8e\xe6\x89\xba\x82\xb0",
    b"\x8e\xe6\x8f\xc1",
    b"\x95\x73\x93\xaf\x88\xd3",
    b"\x93\xaf\x88\xd3\x82\xb5\x82\xc8\x82\xa2",
    b"\x8b\x91\x94\xdb",
    b"\x92\x86\x8e\x7e",
    b"\x8e\xe6\x82\xe8\x8f\xc1",
    b"\x8e\xab\x91\xde",
    b"\x97\xa3\x92\x45",
    b"\x8e\xe6\x82\xe8\x82\xe2\x82\xdf",
    b"\x8e\xe6\x82\xe8\x8e\x7e\x82\xdf",
    b"\x8e\xe6\x82\xe8\x82\xb3\x82\xb0",
    b"\x93\xaf\x88\xd3\x82\xb5\x82\xdc\x82\xb9\x82\xf1",
    b"\x93\xaf\x88\xd3\x82\xc5\x82\xab\x82\xdc\x82\xb9\x82\xf1",
];

/// Whether a cell contains a word for a withdrawal: a word that the ledger uses or another usual word, in English or Japanese, in UTF-8 or
/// Shift JIS. The ground `opt-out-notice` is not a withdrawal.
#[must_use]
pub fn is_withdrawal(cell: &[u8]) -> bool {
    let text = fold(cell);
    // A word can be broken by a space or a line end.
    let joined: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let says = text != "opt-out-notice" && WORDS.iter().any(|word| text.contains(word) || joined.contains(word));
    says || SHIFT_JIS.iter().any(|word| cell.windows(word.len()).any(|part| part == *word))
}

/// The text of a cell in lower case and half-width letters, without surrounding apostrophes and space.
pub(super) fn fold(cell: &[u8]) -> String {
    let text = std::str::from_utf8(cell).map_or_else(|_| narrow(cell), str::to_owned);
    let half = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' => ' ',
        // Hyphens that a word processor inserts instead of the plain hyphen.
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        other => other,
    };
    let text: String = composed(text.chars().filter(|c| !is_invisible(*c)).map(half)).to_lowercase();
    let is_edge = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`' | '\u{2018}' | '\u{2019}' | '\u{feff}');
    text.trim_matches(is_edge).to_owned()
}

/// Whether a character is not shown: it joins, separates or varies the characters around it.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0100}'..='\u{e01ef}'
    )
}

/// The text with each kana and the voicing mark behind it as one character, as in NFC. Some systems write them apart (NFD).
fn composed(text: impl Iterator<Item = char>) -> String {
    let mut whole = String::new();
    for c in text {
        let steps = match c {
            '\u{3099}' => 1,
            '\u{309a}' => 2,
            _ => 0,
        };
        let voiced = whole
            .chars()
            .last()
            .filter(|before| steps > 0 && matches!(before, 'か'..='ほ' | 'カ'..='ホ'));
        match voiced.and_then(|before| char::from_u32(u32::from(before) + steps)) {
            Some(voiced) => {
                whole.pop();
                whole.push(voiced);
            }
            None => whole.push(c),
        }
    }
    whole
}

/// The text of bytes that are not UTF-8. Full-width Latin letters of Shift JIS become plain letters.
fn narrow(cell: &[u8]) -> String {
    let mut plain = Vec::with_capacity(cell.len());
    let mut rest = cell;
    while let [first, after @ ..] = rest {
        rest = after;
        let single = match (*first, after.first()) {
            (0x82, Some(letter @ 0x60..=0x79)) => Some(letter - 0x60 + b'A'),
            (0x82, Some(letter @ 0x81..=0x9a)) => Some(letter - 0x81 + b'a'),
            (0x81, Some(0x7c)) => Some(b'-'),
            (0x81, Some(0x40)) => Some(b' '),
            _ => None,
        };
        if single.is_some() {
            rest = &after[1..];
        }
        plain.push(single.unwrap_or(*first));
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_sites_use_for_a_withdrawal_are_recognised() {
        let written = [
            "withdrawn",
            "'withdrawn",
            " Withdrew",
            "consent withdrawn",
            "ｗｉｔｈｄｒａｗｎ",
            "ＷＩＴＨＤＲＡＷＮ",
            "Revoked",
            "revocation",
            "opt-out",
            "OptOut",
            "opted out",
            "ＯＰＴ－ＯＵＴ",
            "撤回",
            "同意撤回",
            "一部撤回",
            "本人より撤回の申出",
            "取り下げ",
            "同意取下げ",
            "取消",
            "不同意",
            "同意しない",
            "拒否",
            "参加中止",
            "取り消し",
            "辞退",
            "研究から離脱",
            "同意しません",
            "Cancelled",
            "取り下\u{3051}\u{3099}",
            "撤\u{200b}回",
            "撤\u{fe00}回",
            "撤\u{3000}回",
            "撤 回",
            "with\u{ad}drawn",
        ];
        for word in written {
            assert!(is_withdrawal(word.as_bytes()), "{word}");
        }
        for word in [
            "",
            "given",
            "同意",
            "proxy-given",
            "opt-out-notice",
            "died",
            "corrected",
            "2026-04-01",
            "all",
            "P-0001",
        ] {
            assert!(!is_withdrawal(word.as_bytes()), "{word}");
        }
    }

    #[test]
    fn words_for_a_withdrawal_in_shift_jis_are_recognised() {
        // The bytes are Shift JIS for 本人拒否 (refused by the person), ｗｉｔｈｄｒａｗｎ, and 同意 (consent).
        assert!(is_withdrawal(b"\x96\x7b\x90\x6c\x8b\x91\x94\xdb"));
        assert!(is_withdrawal(
            b"\x82\x97\x82\x89\x82\x94\x82\x88\x82\x84\x82\x92\x82\x81\x82\x97\x82\x8e"
        ));
        assert!(!is_withdrawal(b"\x93\xaf\x88\xd3"));
    }
}
