//! The decoder of the name tokeniser (CRAM codecs 3.1 § 5). Each name is stored as a list of differences from an earlier name, token by token.

use std::io::Write as _;
use std::ops::Range;
use std::rc::Rc;

use super::codec_sizes::{DUPLICATE, NEW_POSITION, NO_SIZE, uint7};
use super::unpack::{ARITHMETIC, RANS_NX16, codec};
use crate::error::{FormatError, FormatResult};
use crate::fields::Fields;

const SHORT: &str = "a block of names is cut off";
const BROKEN: FormatError = FormatError::Record("a block of names that does not decode");

/// The kinds of streams, which are also the types of tokens.
const TYPE: u8 = 0;
const STRING: u8 = 1;
const CHAR: u8 = 2;
const PADDED: u8 = 3;
const PADDED_WIDTH: u8 = 4;
const DUP: u8 = 5;
const DIFF: u8 = 6;
const DIGITS: u8 = 7;
const DELTA: u8 = 8;
const PADDED_DELTA: u8 = 9;
const MATCH: u8 = 10;
const NOTHING: u8 = 11;
const END: u8 = 12;
const KINDS: usize = 13;

/// A token of a name. A text token is a range in the letters that are already decoded.
#[derive(Clone, Copy, Debug)]
enum Token {
    Char(u8),
    Text { from: u32, length: u32 },
    Digits(u32),
    Padded { number: u32, width: u8 },
    Nothing,
}

/// The bytes of a stream, and the index of its next byte.
#[derive(Clone, Debug, Default)]
struct Stream {
    bytes: Rc<Vec<u8>>,
    at: usize,
}

impl Stream {
    fn byte(&mut self) -> FormatResult<u8> {
        let byte = self.bytes.get(self.at).copied().ok_or(FormatError::Record(SHORT))?;
        self.at += 1;
        Ok(byte)
    }

    fn number(&mut self) -> FormatResult<u32> {
        let bytes = self
            .bytes
            .get(self.at..)
            .and_then(<[u8]>::first_chunk)
            .ok_or(FormatError::Record(SHORT))?;
        self.at += 4;
        Ok(u32::from_le_bytes(*bytes))
    }

    /// Reads the bytes up to a zero byte. The zero byte is skipped.
    fn text(&mut self) -> FormatResult<Range<usize>> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|byte| *byte == 0).ok_or(FormatError::Record(SHORT))?;
        let text = self.at..self.at + length;
        self.at = text.end + 1;
        Ok(text)
    }
}

/// The streams of one token position, by kind.
#[derive(Default)]
struct Position([Stream; KINDS]);

impl Position {
    /// The stream of this kind.
    fn of(&mut self, kind: u8) -> &mut Stream {
        &mut self.0[usize::from(kind)]
    }
}

/// Decodes names, each followed by a zero byte, to `raw_size` bytes. The caller must have checked the sizes of the streams.
pub(super) fn unpack(data: &[u8], raw_size: usize) -> FormatResult<Vec<u8>> {
    let mut fields = Fields::new(data, SHORT);
    if fields.u32()? as usize != raw_size {
        return Err(BROKEN);
    }
    let name_count = fields.u32()? as usize;
    let method = if fields.u8()? == 0 { RANS_NX16 } else { ARITHMETIC };
    let positions = streams(&mut fields, method, name_count)?;
    let mut names = Names {
        positions,
        out: Vec::with_capacity(raw_size),
        most_bytes: raw_size,
        tokens: Vec::new(),
        // A valid name has at most one token for each of its letters, and a few tokens without letters. The limit is several times larger.
        most_tokens: raw_size.saturating_mul(4).saturating_add(name_count.saturating_mul(16)),
        ends: Vec::with_capacity(name_count),
    };
    for number in 0..name_count {
        names.name(number)?;
    }
    Ok(names.out)
}

/// Reads the streams of every token position.
fn streams(fields: &mut Fields<'_>, method: u8, name_count: usize) -> FormatResult<Vec<Position>> {
    let mut positions: Vec<Position> = Vec::new();
    while !fields.rest().is_empty() {
        let head = fields.u8()?;
        let kind = head & 0x3f;
        if usize::from(kind) >= KINDS {
            return Err(BROKEN);
        }
        if head & NEW_POSITION != 0 {
            let mut position = Position::default();
            if kind != TYPE {
                // The stream of types is not stored. The first name then has a token of this kind, and the other names repeat the token.
                let mut types = vec![MATCH; name_count];
                *types.first_mut().ok_or(BROKEN)? = kind;
                *position.of(TYPE) = Stream {
                    bytes: Rc::new(types),
                    at: 0,
                };
            }
            positions.push(position);
        }
        let bytes = if head & DUPLICATE != 0 {
            let (from, of_kind) = (fields.u8()?, fields.u8()? & 0x3f);
            let position = positions.get(usize::from(from)).ok_or(BROKEN)?;
            Rc::clone(&position.0.get(usize::from(of_kind)).ok_or(BROKEN)?.bytes)
        } else {
            let length = uint7(fields)?;
            let stream = fields.take(length)?;
            Rc::new(codec(method, stream, size_of_stream(stream)?)?)
        };
        let position = positions.last_mut().ok_or(BROKEN)?;
        *position.of(kind) = Stream { bytes, at: 0 };
    }
    Ok(positions)
}

/// The size that a stream states in its header.
fn size_of_stream(stream: &[u8]) -> FormatResult<usize> {
    let mut fields = Fields::new(stream, SHORT);
    if fields.u8()? & NO_SIZE != 0 {
        return Err(BROKEN);
    }
    uint7(&mut fields)
}

/// The names that are decoded so far, and the state of the decoder.
struct Names {
    positions: Vec<Position>,
    out: Vec<u8>,
    most_bytes: usize,
    /// The tokens of all decoded names, in the order of the names.
    tokens: Vec<Token>,
    most_tokens: usize,
    /// For each decoded name: the range of its tokens, and the range of its letters.
    ends: Vec<(Range<u32>, Range<u32>)>,
}

impl Names {
    fn name(&mut self, number: usize) -> FormatResult<()> {
        let first = self.positions.first_mut().ok_or(BROKEN)?;
        let kind = first.of(TYPE).byte()?;
        if !matches!(kind, DUP | DIFF) {
            return Err(BROKEN);
        }
        let distance = first.of(kind).number()? as usize;
        let like = number.checked_sub(distance).ok_or(BROKEN)?;
        // The first name refers to itself, so there is no earlier name to compare with.
        let earlier = self.ends.get(like).cloned();
        let begins = self.out.len();
        if kind == DUP {
            let (tokens, letters) = earlier.ok_or(BROKEN)?;
            self.copy(letters)?;
            return self.end(tokens, begins);
        }
        let from = self.tokens.len();
        let earlier = earlier.map_or(0..0, |(tokens, _)| tokens);
        for (position, before) in (1..self.positions.len()).zip(earlier.map(Some).chain(std::iter::repeat(None))) {
            let before = before.and_then(|at| self.tokens.get(at as usize).copied());
            let Some(token) = self.token(position, before)? else { break };
            if self.tokens.len() >= self.most_tokens {
                return Err(BROKEN);
            }
            self.tokens.push(token);
        }
        let tokens = as_u32(from)?..as_u32(self.tokens.len())?;
        self.end(tokens, begins)
    }

    /// Ends a name whose letters are already written, and records its ranges.
    fn end(&mut self, tokens: Range<u32>, begins: usize) -> FormatResult<()> {
        let letters = as_u32(begins)?..as_u32(self.out.len())?;
        self.ends.push((tokens, letters));
        self.room(1)?;
        self.out.push(0);
        Ok(())
    }

    /// Decodes the next token of a name and writes the letters of this token to the output. `before` is the token of the earlier name at the
    /// same position. Returns `None` at the end of the name.
    fn token(&mut self, position: usize, before: Option<Token>) -> FormatResult<Option<Token>> {
        let streams = self.positions.get_mut(position).ok_or(BROKEN)?;
        let kind = streams.of(TYPE).byte()?;
        let token = match kind {
            CHAR => Token::Char(streams.of(CHAR).byte()?),
            STRING => {
                let text = streams.of(STRING).text()?;
                let bytes = Rc::clone(&streams.of(STRING).bytes);
                self.room(text.len())?;
                let from = as_u32(self.out.len())?;
                let length = as_u32(text.len())?;
                self.out.extend_from_slice(bytes.get(text).unwrap_or_default());
                return Ok(Some(Token::Text { from, length }));
            }
            DIGITS => Token::Digits(streams.of(DIGITS).number()?),
            PADDED => Token::Padded {
                number: streams.of(PADDED).number()?,
                width: streams.of(PADDED_WIDTH).byte()?,
            },
            DELTA => match before {
                Some(Token::Digits(number)) => Token::Digits(number.wrapping_add(streams.of(DELTA).byte()?.into())),
                _ => return Err(BROKEN),
            },
            PADDED_DELTA => match before {
                Some(Token::Padded { number, width }) => Token::Padded {
                    number: number.wrapping_add(streams.of(PADDED_DELTA).byte()?.into()),
                    width,
                },
                _ => return Err(BROKEN),
            },
            MATCH => match before {
                Some(token) => token,
                // The earlier name has no token at this position, because it ended before.
                None => return Ok(None),
            },
            NOTHING => Token::Nothing,
            END => return Ok(None),
            _ => return Err(BROKEN),
        };
        self.write(token)?;
        Ok(Some(token))
    }

    fn write(&mut self, token: Token) -> FormatResult<()> {
        match token {
            Token::Char(letter) => {
                self.room(1)?;
                self.out.push(letter);
            }
            Token::Text { from, length } => self.copy(from..from + length)?,
            Token::Digits(number) => {
                self.room(10)?;
                let _ = write!(self.out, "{number}");
            }
            Token::Padded { number, width } => {
                let width = usize::from(width);
                self.room(width.max(10))?;
                let _ = write!(self.out, "{number:0width$}");
            }
            Token::Nothing => {}
        }
        Ok(())
    }

    /// Copies a range of letters that are already decoded to the end of the output.
    fn copy(&mut self, letters: Range<u32>) -> FormatResult<()> {
        let letters = letters.start as usize..letters.end as usize;
        self.room(letters.len())?;
        self.out.extend_from_within(letters);
        Ok(())
    }

    /// Rejects names that exceed the stated size. The tolerance of 16 bytes is needed, because a number is counted as ten digits before it is
    /// written.
    fn room(&self, bytes: usize) -> FormatResult<()> {
        if self.out.len() + bytes <= self.most_bytes + 16 {
            Ok(())
        } else {
            Err(BROKEN)
        }
    }
}

fn as_u32(number: usize) -> FormatResult<u32> {
    u32::try_from(number).map_err(|_| BROKEN)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    /// A stream with the header byte `head` whose bytes are not compressed (flag CAT of rANS Nx16).
    fn stored(head: u8, bytes: &[u8]) -> Vec<u8> {
        let mut out = vec![head, bytes.len() as u8 + 2, 0x20, bytes.len() as u8];
        out.extend_from_slice(bytes);
        out
    }

    /// A block of the name tokeniser with these streams, written by hand according to CRAM codecs 3.1 § 5.
    fn names(raw: &[u8], count: u32, streams: &[Vec<u8>]) -> Vec<u8> {
        let mut out = (raw.len() as u32).to_le_bytes().to_vec();
        out.extend_from_slice(&count.to_le_bytes());
        out.push(0);
        out.extend(streams.concat());
        out
    }

    #[test]
    fn every_kind_of_token_is_unpacked() {
        let raw = b"a:007x\0a:009x\0a:009x\0b:010y\0";
        let difference = |distances: &[u32]| distances.iter().flat_map(|d| d.to_le_bytes()).collect::<Vec<u8>>();
        let data = names(
            raw,
            4,
            &[
                stored(NEW_POSITION | TYPE, &[DIFF, DIFF, DUP, DIFF]),
                stored(DIFF, &difference(&[0, 1, 1])),
                stored(DUP, &difference(&[1])),
                stored(NEW_POSITION | TYPE, &[CHAR, MATCH, CHAR]),
                stored(CHAR, b"ab"),
                // The first name has this token, and the other names repeat it.
                stored(NEW_POSITION | CHAR, b":"),
                stored(NEW_POSITION | TYPE, &[PADDED, PADDED_DELTA, PADDED_DELTA]),
                stored(PADDED, &7u32.to_le_bytes()),
                stored(PADDED_WIDTH, &[3]),
                stored(PADDED_DELTA, &[2, 1]),
                stored(NEW_POSITION | TYPE, &[STRING, MATCH, STRING]),
                stored(STRING, b"x\0y\0"),
                stored(NEW_POSITION | TYPE, &[END, END, END]),
            ],
        );
        assert_eq!(unpack(&data, raw.len()).unwrap(), raw);
    }

    proptest! {
        #[test]
        fn streams_of_any_bytes_never_panic_and_never_exceed_the_stated_size(
            streams in prop::collection::vec((0u8..13, any::<bool>(), prop::collection::vec(prop_oneof![3 => 0u8..13, 1 => any::<u8>()], 0..60)), 0..12),
            count in 0u32..20, most in 0usize..200,
        ) {
            let streams: Vec<Vec<u8>> = streams
                .iter()
                .map(|(kind, begins, bytes)| stored(kind | if *begins { NEW_POSITION } else { 0 }, bytes))
                .collect();
            let data = names(&vec![0; most], count, &streams);
            let unpacked = unpack(&data, most);
            prop_assert!(unpacked.is_err() || unpacked.unwrap().len() <= most + 16);
        }
    }
}
