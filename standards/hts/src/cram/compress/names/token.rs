//! A name in pieces: runs of digits, and what stands between them.

/// The most digits of a number: more do not fit into 32 bits.
const MOST_DIGITS: usize = 9;

/// The most pieces of a name. Decoders have room for 128 columns.
const MOST_TOKENS: usize = 120;

/// A piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A number without a zero in front.
    Digits(u32),
    /// A number of so many digits, with zeros in front.
    PaddedDigits(u32, u8),
    Char(u8),
    Text(&'a [u8]),
}

/// The pieces of a name. Joined again they are the name.
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
