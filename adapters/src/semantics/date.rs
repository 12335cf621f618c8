//! Parses dates as institutions write them. A date may lack its day or its month.

use gemj_model::PartialDate;
use jiff::civil::Date;
use thiserror::Error;

use super::{era, narrow};
use crate::unit::Repair;

/// A format of dates. The profile of a field names the expected formats, and the parser tries them in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateFormat {
    /// `YYYY`, `YYYYMM`, `YYYYMMDD`, or a full date followed by an HL7 time (`YYYYMMDDHH[MM[SS[.S…]]][±ZZZZ]`). The decimal point before one to
    /// three digits may be missing.
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

/// Parses a date. The first format whose form the text has is used. The time 24:00 is the start of the next day.
///
/// # Errors
/// [`NotThatDate`] states why the text is not accepted.
pub fn parse_date(text: &str, formats: &[DateFormat]) -> Result<PartialDate, NotThatDate> {
    repaired(text, formats).map(|(date, _)| date)
}

/// The repairs with which [`parse_date`] accepts a text; empty if the text is refused.
pub(crate) fn repairs_of_date(text: &str, formats: &[DateFormat]) -> Vec<Repair> {
    repaired(text, formats).map(|(_, repairs)| repairs).unwrap_or_default()
}

fn repaired(text: &str, formats: &[DateFormat]) -> Result<(PartialDate, Vec<Repair>), NotThatDate> {
    let text = narrow(text);
    let text = text.trim();
    let plain = |read: Option<Result<PartialDate, NotThatDate>>| read.map(|read| read.map(|date| (date, Vec::new())));
    formats
        .iter()
        .find_map(|format| match format {
            DateFormat::Compact => compact(text),
            DateFormat::Iso => iso(text),
            DateFormat::Slash => plain(slash(text)),
            DateFormat::Era => plain(era::parse(text)),
        })
        .unwrap_or(Err(NotThatDate::Format))
}

/// A date with the repairs of its text; `None` if the text does not have the form of the format.
type Repaired = Option<Result<(PartialDate, Vec<Repair>), NotThatDate>>;
type Read = Option<Result<PartialDate, NotThatDate>>;

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn calendar(text: &str) -> Result<PartialDate, NotThatDate> {
    PartialDate::parse(text).map_err(|_| NotThatDate::Calendar)
}

fn compact(text: &str) -> Repaired {
    let end = text.find(['.', '+', '-']).unwrap_or(text.len());
    let (main, tail) = text.split_at(end);
    if !digits(main) || !(tail.is_empty() || main.len() >= 10) || !tail.bytes().all(|b| b.is_ascii_digit() || b".+-".contains(&b)) {
        return None;
    }
    // Some systems write fractions of a second without the decimal point.
    let is_long = (15..=17).contains(&main.len()) && !tail.starts_with('.');
    Some(match main.len() {
        4 => calendar(main).map(|date| (date, Vec::new())),
        6 => calendar(&format!("{}-{}", &main[..4], &main[4..])).map(|date| (date, Vec::new())),
        length @ (8 | 10 | 12 | 14..=17) if length <= 14 || is_long => {
            let clock: Vec<&str> = [8..10, 10..12, 12..14].into_iter().filter_map(|part| main.get(part)).collect();
            let fraction = main.get(14..).unwrap_or_default();
            let day = format!("{}-{}-{}", &main[..4], &main[4..6], &main[6..8]);
            let mut read = on_day(&day, &clock, &[fraction, fraction_of(tail)].concat());
            if let Ok((_, repairs)) = &mut read
                && is_long
            {
                repairs.push(Repair::LongTime);
            }
            read
        }
        _ => return None,
    })
}

/// The digits after the decimal point at the start of a text.
fn fraction_of(tail: &str) -> &str {
    let digits = tail.strip_prefix('.').unwrap_or_default();
    digits.split(['+', '-']).next().unwrap_or_default()
}

/// The date of a time on a day. The time 24:00 belongs to the next day (ISO 8601:2004 § 4.2.3), if minutes, seconds and `fraction` are zero.
fn on_day(day: &str, clock: &[&str], fraction: &str) -> Result<(PartialDate, Vec<Repair>), NotThatDate> {
    let is_zero = |text: &str| text.bytes().all(|b| b == b'0');
    match clock {
        ["24", rest @ ..] if rest.iter().all(|part| is_zero(part)) && is_zero(fraction) => {
            // The calendar day is checked before the next day is computed.
            calendar(day)?;
            let day: Date = day.parse().map_err(|_| NotThatDate::Calendar)?;
            let next = day.tomorrow().map_err(|_| NotThatDate::Calendar)?;
            Ok((calendar(&next.to_string())?, vec![Repair::EndOfDay]))
        }
        _ if in_a_day(clock) => Ok((calendar(day)?, Vec::new())),
        _ => Err(NotThatDate::Calendar),
    }
}

/// Whether hour, minute and second are a time of one day.
fn in_a_day(parts: &[&str]) -> bool {
    parts
        .iter()
        .zip([23, 59, 60])
        .all(|(part, most)| part.is_empty() || part.parse::<u32>().is_ok_and(|n| n <= most))
}

fn iso(text: &str) -> Repaired {
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let shaped = parts.iter().all(|p| digits(p)) && parts.iter().zip([4, 2, 2]).all(|(p, len)| p.len() == len) && parts.len() <= 3;
    if !shaped || (time.is_some() && parts.len() != 3) {
        return None;
    }
    let Some(time) = time else {
        return Some(calendar(date).map(|date| (date, Vec::new())));
    };
    let clock = time.split(['Z', '+', '-', '.']).next().unwrap_or_default();
    let fraction = fraction_of(time.get(clock.len()..).unwrap_or_default().trim_end_matches('Z'));
    let clock: Vec<&str> = clock.split(':').collect();
    let shaped = (2..=3).contains(&clock.len()) && clock.iter().all(|p| p.len() == 2 && digits(p));
    if !shaped {
        return Some(Err(NotThatDate::Calendar));
    }
    Some(on_day(date, &clock, fraction))
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
