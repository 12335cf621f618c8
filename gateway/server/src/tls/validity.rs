//! The dates of an X.509 certificate (RFC 5280 § 4.1.2.5). The TLS library checks the rest of a certificate, but exports no dates.

use gemj_model::Timestamp;

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// The tag of the optional version at the start of a certificate's contents.
const VERSION: u8 = 0xa0;

/// The time from which, and the time until which, a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
}

impl Validity {
    /// Reads the dates of a certificate in DER. Absent if the bytes are no certificate.
    pub(super) fn of(certificate: &[u8]) -> Option<Self> {
        let (certificate, _) = element(certificate, SEQUENCE)?;
        let (mut contents, _) = element(certificate, SEQUENCE)?;
        if contents.first() == Some(&VERSION) {
            contents = any(contents)?.2;
        }
        // Serial number, algorithm of the signature, issuer.
        for _ in 0..3 {
            contents = any(contents)?.2;
        }
        let (dates, _) = element(contents, SEQUENCE)?;
        let (not_before, rest) = time(dates)?;
        let (not_after, _) = time(rest)?;
        Some(Self { not_before, not_after })
    }
}

/// The next element: its tag, its value, and the bytes after it.
fn any(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            (length.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((tag, value, rest))
}

fn element(bytes: &[u8], expected: u8) -> Option<(&[u8], &[u8])> {
    let (tag, value, rest) = any(bytes)?;
    (tag == expected).then_some((value, rest))
}

/// A time of the form YYMMDDHHMMSSZ (years 1950 to 2049) or YYYYMMDDHHMMSSZ.
fn time(bytes: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (tag, value, rest) = any(bytes)?;
    let digits = std::str::from_utf8(value).ok()?.strip_suffix('Z')?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = match (tag, digits.len()) {
        (UTC_TIME, 12) if digits < "5" => format!("20{digits}"),
        (UTC_TIME, 12) => format!("19{digits}"),
        (GENERALIZED_TIME, 14) => digits.to_owned(),
        _ => return None,
    };
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12),
        part(12, 14)
    );
    Some((Timestamp::parse(&text).ok()?, rest))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn certificate(version: &[u8], dates: &[u8]) -> Vec<u8> {
        let wrapped = |tag: u8, value: &[u8]| [&[tag, u8::try_from(value.len()).unwrap()], value].concat();
        let contents = [version, &[0x02, 1, 9], &[0x30, 0], &[0x30, 0], &wrapped(0x30, dates), &[0x30, 0]].concat();
        wrapped(0x30, &[wrapped(0x30, &contents), vec![0x30, 0]].concat())
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn the_dates_of_both_forms_are_read_with_and_without_a_version() {
        let dates = [&[0x17, 13][..], b"491231235959Z", &[0x18, 15], b"20500101000000Z"].concat();
        for version in [&[][..], &[0xa0, 3, 2, 1, 2]] {
            let read = Validity::of(&certificate(version, &dates)).unwrap();
            assert_eq!(read.not_before, at("2049-12-31T23:59:59Z"));
            assert_eq!(read.not_after, at("2050-01-01T00:00:00Z"));
        }
        let dates = [&[0x17, 13][..], b"500101000000Z", &[0x17, 13], b"000101000000Z"].concat();
        let read = Validity::of(&certificate(&[], &dates)).unwrap();
        assert_eq!(
            (read.not_before, read.not_after),
            (at("1950-01-01T00:00:00Z"), at("2000-01-01T00:00:00Z"))
        );
    }

    #[test]
    fn every_damaged_certificate_is_rejected_without_a_panic() {
        let dates = [&[0x17, 13][..], b"260101000000Z", &[0x17, 13], b"270101000000Z"].concat();
        let good = certificate(&[0xa0, 3, 2, 1, 2], &dates);
        let end = good.len() - 4;
        for length in 0..end {
            assert_eq!(Validity::of(&good[..length]), None, "{length}");
        }
        for at in 0..good.len() {
            for value in [0, 0x7f, 0x80, 0x84, 0xff] {
                let mut changed = good.clone();
                changed[at] = value;
                let _ = Validity::of(&changed);
            }
        }
        let wrong = [&[0x17, 13][..], b"261301000000Z", &[0x17, 13], b"270101000000Z"].concat();
        assert_eq!(Validity::of(&certificate(&[], &wrong)), None);
    }
}
