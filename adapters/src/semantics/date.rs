//! Parses dates as institutions write them. A date may lack its day or its month.

use gemj_model::PartialDate;
use thiserror::Error;

use super::{era, narrow};

/// A format of dates. The profile of a field names the expected formats, and the parser tries them in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateFormat {
    /// `YYYY`, `YYYYMM`, `YYYYMMDD`, or a full date followed by an HL7 time (`YYYYMMDDHH[MM[SS[.S…]]][±ZZZZ]`).
    Compact,
    /// `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, or a full date followed by `T` or a space and a time.
    Iso,
    /// `YYYY/M/D` or `YYYY/M`.
    Slash,
    /// A Japanese era: `令和7年4月1日`, `令和元年`, `R07.4.1`, `S64/1/7`. Also the seven digits of receipts (`5070401`).
    Era,
}

impl DateFormat {
    /// The format with this name in a profile; `None` for any other name.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "compact" => Some(Self::Compact),
            "iso" => Some(Self::Iso),
            "slash" => Some(Self::Slash),
            "era" => Some(Self::Era),
            _ => None,
        }
    }
}

/// Why a text is not accepted as a date.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotThatDate {
    /// The text has none of the expected formats.
    #[error("is not a date in an expected format")]
    Format,
    /// The text has the form of a date, but the calendar has no such day, or a day has no such time.
    #[error("is written like a date but is not a date of the calendar")]
    Calendar,
    /// The date is before the first or after the last day of its Japanese era, for example 昭和64年2月.
    #[error("is outside its era")]
    Era,
}

/// Parses a date. The first format whose form the text has is used.
///
/// # Errors
/// [`NotThatDate`] states why the text is not accepted.
pub fn parse_date(text: &str, formats: &[DateFormat]) -> Result<PartialDate, NotThatDate> {
    let text = narrow(text);
    let text = text.trim();
    formats
        .iter()
        .find_map(|format| match format {
            DateFormat::Compact => compact(text),
            DateFormat::Iso => iso(text),
            DateFormat::Slash => slash(text),
            DateFormat::Era => era::parse(text),
        })
        .unwrap_or(Err(NotThatDate::Format))
}

type Read = Option<Result<PartialDate, NotThatDate>>;

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn calendar(text: &str) -> Result<PartialDate, NotThatDate> {
    PartialDate::parse(text).map_err(|_| NotThatDate::Calendar)
}

fn compact(text: &str) -> Read {
    let end = text.find(['.', '+', '-']).unwrap_or(text.len());
    let (main, tail) = text.split_at(end);
    if !digits(main) || !(tail.is_empty() || main.len() >= 10) || !tail.bytes().all(|b| b.is_ascii_digit() || b".+-".contains(&b)) {
        return None;
    }
    Some(match main.len() {
        4 => calendar(main),
        6 => calendar(&format!("{}-{}", &main[..4], &main[4..])),
        8 | 10 | 12 | 14 => {
            let time = [
                &main[8..main.len().min(10)],
                &main[main.len().min(10)..main.len().min(12)],
                &main[main.len().min(12)..],
            ];
            match in_a_day(&time) {
                true => calendar(&format!("{}-{}-{}", &main[..4], &main[4..6], &main[6..8])),
                false => Err(NotThatDate::Calendar),
            }
        }
        _ => return None,
    })
}

/// Whether hour, minute and second are a time of one day. 24:00 is refused, because it belongs to the next day.
fn in_a_day(parts: &[&str]) -> bool {
    parts
        .iter()
        .zip([23, 59, 60])
        .all(|(part, most)| part.is_empty() || part.parse::<u32>().is_ok_and(|n| n <= most))
}

fn iso(text: &str) -> Read {
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let shaped = parts.iter().all(|p| digits(p)) && parts.iter().zip([4, 2, 2]).all(|(p, len)| p.len() == len) && parts.len() <= 3;
    if !shaped || (time.is_some() && parts.len() != 3) {
        return None;
    }
    if let Some(time) = time {
        let clock = time.split(['Z', '+', '-', '.']).next().unwrap_or_default();
        let clock: Vec<&str> = clock.split(':').collect();
        let shaped = (2..=3).contains(&clock.len()) && clock.iter().all(|p| p.len() == 2 && digits(p));
        if !shaped || !in_a_day(&clock) {
            return Some(Err(NotThatDate::Calendar));
        }
    }
    Some(calendar(date))
}

fn slash(text: &str) -> Read {
    let parts: Vec<&str> = text.split('/').collect();
    let shaped = (2..=3).contains(&parts.len()) && parts[0].len() == 4 && parts[1..].iter().all(|p| p.len() <= 2);
    if !shaped || !parts.iter().all(|p| digits(p)) {
        return None;
    }
    let padded: Vec<String> = parts.iter().map(|p| format!("{p:0>2}")).collect();
    Some(calendar(&padded.join("-")))
}
