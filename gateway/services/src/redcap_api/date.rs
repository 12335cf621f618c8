//! The times of requests and answers.

use gemj_model::Timestamp;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The time of the header `Date` (RFC 9110 § 5.6.7, IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`). Absent if it has another form.
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    let words: Vec<&str> = text.split(' ').collect();
    let [_, day, month, year, time, "GMT"] = words[..] else {
        return None;
    };
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let is_fixed = day.len() == 2 && year.len() == 4 && time.len() == 8;
    Timestamp::parse(&format!("{year}-{month:02}-{day}T{time}Z"))
        .ok()
        .filter(|_| is_fixed)
}

/// A time as the API expects it: `YYYY-MM-DD HH:MM:SS`, here in UTC. The server reads it as its local time, so an overlap must cover its time zone.
pub(super) fn api_time(time: Timestamp) -> String {
    let text = time.rfc3339();
    text.get(..19).unwrap_or(&text).replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_of_a_header_is_read_and_written_for_the_api() {
        let time = http_date("Wed, 01 Apr 2026 08:49:37 GMT").unwrap();
        assert_eq!(api_time(time), "2026-04-01 08:49:37");
        assert_eq!(api_time(Timestamp(time.0 + 5)), "2026-04-01 08:49:37");
        for text in [
            "",
            "Wed, 31 Feb 2026 08:49:37 GMT",
            "Wed, 1 Apr 2026 08:49:37 GMT",
            "Wednesday, 01-Apr-26 08:49:37 GMT",
            "1775033377",
        ] {
            assert_eq!(http_date(text), None, "{text}");
        }
    }
}
