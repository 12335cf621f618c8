//! The columns of tokens and their streams. A column has one stream for the kinds of its tokens, and one stream for the values of each kind.

use std::collections::BTreeMap;

use super::token::Token;
use crate::cram::compress::{nx16, uint7::put_uint7};

/// The kinds of streams and tokens.
const KINDS: u8 = 0;
const TEXT: u8 = 1;
const CHAR: u8 = 2;
const PADDED_DIGITS: u8 = 3;
const PADDED_LENGTH: u8 = 4;
const DIGITS: u8 = 7;
const DELTA: u8 = 8;
const PADDED_DELTA: u8 = 9;
const MATCH: u8 = 10;
const END: u8 = 12;

/// The flag of the first stream of a column.
const NEW_COLUMN: u8 = 0x80;

/// The streams of one column, by kind.
#[derive(Default)]
struct Column {
    streams: BTreeMap<u8, Vec<u8>>,
}

impl Column {
    fn stream(&mut self, kind: u8) -> &mut Vec<u8> {
        self.streams.entry(kind).or_default()
    }

    fn put_kind(&mut self, kind: u8) {
        self.stream(KINDS).push(kind);
    }

    fn put_number(&mut self, kind: u8, value: u32) {
        self.stream(kind).extend_from_slice(&value.to_le_bytes());
    }

    fn put_value(&mut self, token: &Token<'_>) {
        match token {
            Token::Digits(value) => {
                self.put_kind(DIGITS);
                self.put_number(DIGITS, *value);
            }
            Token::PaddedDigits(value, length) => {
                self.put_kind(PADDED_DIGITS);
                self.put_number(PADDED_DIGITS, *value);
                self.stream(PADDED_LENGTH).push(*length);
            }
            Token::Char(byte) => {
                self.put_kind(CHAR);
                self.stream(CHAR).push(*byte);
            }
            Token::Text(text) => {
                self.put_kind(TEXT);
                let stream = self.stream(TEXT);
                stream.extend_from_slice(text);
                stream.push(0);
            }
        }
    }
}

/// The columns of the tokens of all names in a block.
#[derive(Default)]
pub(super) struct Columns(Vec<Column>);

impl Columns {
    fn at(&mut self, column: usize) -> &mut Column {
        if self.0.len() <= column {
            self.0.resize_with(column + 1, Column::default);
        }
        &mut self.0[column]
    }

    /// Writes the distance to an earlier name. `kind` states whether the current name is compared with the earlier name or is a copy of it.
    pub(super) fn put_distance(&mut self, kind: u8, distance: u32) {
        let column = self.at(0);
        column.put_kind(kind);
        column.put_number(kind, distance);
    }

    /// Writes a token of the current name. `before` is the token of the previous name in the same column.
    pub(super) fn put(&mut self, column: usize, token: &Token<'_>, before: Option<&Token<'_>>) {
        let column = self.at(column);
        let step = |value: u32, from: u32| value.checked_sub(from).and_then(|step| u8::try_from(step).ok());
        match (token, before) {
            (token, Some(before)) if token == before => column.put_kind(MATCH),
            (Token::Digits(value), Some(Token::Digits(from))) if step(*value, *from).is_some() => {
                column.put_kind(DELTA);
                column.stream(DELTA).extend(step(*value, *from));
            }
            (Token::PaddedDigits(value, length), Some(Token::PaddedDigits(from, before)))
                if length == before && step(*value, *from).is_some() =>
            {
                column.put_kind(PADDED_DELTA);
                column.stream(PADDED_DELTA).extend(step(*value, *from));
            }
            (token, _) => column.put_value(token),
        }
    }

    /// Writes the end of a name into the column after its last token.
    pub(super) fn put_end(&mut self, column: usize) {
        self.at(column).put_kind(END);
    }

    /// Writes the streams of all columns.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for Column { streams } in &self.0 {
            let mut first = NEW_COLUMN;
            for (kind, stream) in streams {
                let coded = match *kind {
                    PADDED_DIGITS | DIGITS | super::DUPLICATE_NAME | super::DIFFERENT_NAME => nx16::encode_numbers(stream),
                    _ => nx16::encode(stream),
                };
                out.push(kind | first);
                put_uint7(out, coded.len());
                out.extend_from_slice(&coded);
                first = 0;
            }
        }
    }
}
