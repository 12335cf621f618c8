//! Reads the time of a message (MSH-7) as an instant, so that two messages are put in order also if their offsets from universal time differ.

use gemj_model::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// The offset of Japanese time from universal time, in hours. A time without an offset is Japanese time: SS-MIX2 states no time zone.
const JAPAN_HOURS: i8 = 9;

/// MSH-7 as 17 digits of Japanese time (`YYYYMMDDHHMMSSFFF`), which sort in the order of time. `None` if the text is not a time of the calendar
/// (`YYYYMMDD[HH[MM[SS[.S[S[S[S]]]]]]][+/-ZZZZ]`), or if its day is not stated. The point before the fraction may be missing.
pub(super) fn message_time(text: &str) -> Option<String> {
    let (local, offset) = match text.find(['+', '-']) {
        Some(at) => (text.get(..at)?, Some(offset(text.get(at..)?)?)),
        None => (text, None),
    };
    let (main, fraction) = local.split_once('.').unwrap_or((local, ""));
    let (main, fraction) = match (main.len(), fraction) {
        (15..=17, "") => main.split_at_checked(14)?,
        _ => (main, fraction),
    };
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !matches!(main.len(), 8 | 10 | 12 | 14) || !is_digits(main) || fraction.len() > 4 || !is_digits(fraction) {
        return None;
    }
    if !fraction.is_empty() && main.len() < 14 {
        return None;
    }
    let number = |from: usize, to: usize| main.get(from..to).unwrap_or("0").parse::<i8>().ok();
    let date = Date::new(main.get(..4)?.parse().ok()?, number(4, 6)?, number(6, 8)?).ok()?;
    let milliseconds: i32 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    // The time 24:00 is the start of the next day, and a leap second counts as the second before it.
    let (date, hour) = match number(8, 10)? {
        24 if is_zero(main.get(10..)?) && is_zero(fraction) => (date.tomorrow().ok()?, 0),
        hour => (date, hour),
    };
    let time = Time::new(hour, number(10, 12)?, number(12, 14)?.min(59), milliseconds * 1_000_000).ok()?;
    if number(12, 14)? > 60 {
        return None;
    }
    let japan = Offset::constant(JAPAN_HOURS);
    let instant = offset.unwrap_or(japan).to_timestamp(DateTime::from_parts(date, time)).ok()?;
    let at = japan.to_datetime(instant);
    let digits = at.strftime("%Y%m%d%H%M%S").to_string();
    Some(format!("{digits}{:03}", at.subsec_nanosecond() / 1_000_000)).filter(|digits| digits.len() == 17)
}

/// The instant of a time that [`message_time`] returned. `None` for every other text.
pub(super) fn instant(time: &str) -> Option<Timestamp> {
    let number = |from: usize, to: usize| time.get(from..to)?.parse::<i16>().ok();
    let small = |from: usize, to: usize| i8::try_from(number(from, to)?).ok();
    let date = Date::new(number(0, 4)?, small(4, 6)?, small(6, 8)?).ok()?;
    let millisecond = i32::from(number(14, 17)?);
    let at = Time::new(small(8, 10)?, small(10, 12)?, small(12, 14)?, millisecond * 1_000_000).ok()?;
    let instant = Offset::constant(JAPAN_HOURS).to_timestamp(DateTime::from_parts(date, at)).ok()?;
    Some(Timestamp(instant.as_microsecond()))
}

fn is_zero(text: &str) -> bool {
    text.bytes().all(|b| b == b'0')
}

/// An offset from universal time: a sign, two digits of hours and two digits of minutes.
fn offset(text: &str) -> Option<Offset> {
    let (sign, digits) = text.split_at_checked(1)?;
    if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (digits.get(..2)?.parse().ok()?, digits.get(2..)?.parse().ok()?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60;
    Offset::from_seconds(if sign == "-" { -seconds } else { seconds }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instant_of_a_time_is_that_of_japan() {
        let instant = |text: &str| instant(&message_time(text).unwrap()).unwrap().rfc3339();
        assert_eq!(instant("20260401093000"), "2026-04-01T00:30:00Z");
        assert_eq!(instant("20260401003000.25+0000"), "2026-04-01T00:30:00.25Z");
    }

    #[test]
    fn times_with_different_offsets_are_put_in_the_order_of_their_instants() {
        for (text, time) in [
            ("20260401093000", Some("20260401093000000")),
            ("20260401093000.12", Some("20260401093000120")),
            ("20260401093000.0000", Some("20260401093000000")),
            ("20260401093000123", Some("20260401093000123")),
            ("202604010930", Some("20260401093000000")),
            ("20260401", Some("20260401000000000")),
            ("20260401093000+0900", Some("20260401093000000")),
            ("20260401003000+0000", Some("20260401093000000")),
            ("20260401003000-0000", Some("20260401093000000")),
            ("20260331193000-0500", Some("20260401093000000")),
            ("202604012400", Some("20260402000000000")),
            ("20260401235960", Some("20260401235959000")),
            ("99991231000000", Some("99991231000000000")),
            ("99991231235959-1200", None),
            ("202604", None),
            ("2026", None),
            ("20260230", None),
            ("20260401250000", None),
            ("20260401240001", None),
            ("20260401093000+9", None),
            ("20260401093000+1500", None),
            ("20260401.5", None),
            ("2026040109300", None),
            ("明日", None),
            ("", None),
        ] {
            assert_eq!(message_time(text).as_deref(), time, "{text}");
        }
    }
}
