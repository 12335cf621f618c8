//! Splits a read name into tokens: runs of digits, and the text between them.

/// The maximum number of digits in a number token. A number with more digits may not fit into 32 bits.
const MOST_DIGITS: usize = 9;

/// The maximum number of tokens in a name. Decoders have space for 128 columns.
const MOST_TOKENS: usize = 120;

/// A token of a read name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A number without a leading zero.
    Digits(u32),
    /// A number with leading zeros, and its number of digits.
    PaddedDigits(u32, u8),
    Char(u8),
    Text(&'a [u8]),
}

/// Splits a name into tokens. The joined tokens are equal to the name.
pub(super) fn tokens(name: &[u8]) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        if tokens.len() + 1 == MOST_TOKENS {
            tokens.push(text(rest));
            break;
        }
        let digits = rest.iter().take(MOST_DIGITS).take_while(|byte| byte.is_ascii_digit()).count();
        let length = match digits {
            0 => rest.iter().take_while(|byte| !byte.is_ascii_digit()).count(),
            digits => digits,
        };
        let (piece, behind) = rest.split_at(length);
        tokens.push(if digits > 0 { number(piece) } else { text(piece) });
        rest = behind;
    }
    tokens
}

fn number(digits: &[u8]) -> Token<'static> {
    let value = digits.iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
    if digits[0] == b'0' {
        Token::PaddedDigits(value, digits.len() as u8)
    } else {
        Token::Digits(value)
    }
}

fn text(piece: &[u8]) -> Token<'_> {
    match piece {
        [byte] => Token::Char(*byte),
        _ => Token::Text(piece),
    }
}
