//! Parses dates of the Japanese eras.
//!
//! The law fixes the first and the last day of each era. A date outside its era (平成31年5月, 昭和64年2月) comes from a form that was printed before
//! the change of the era, or it is a mistake. The two causes cannot be distinguished, so the date is refused.

use gemj_model::PartialDate;

use super::date::NotThatDate;

struct Era {
    kanji: &'static str,
    letter: char,
    /// The digit that stands for the era in receipts.
    figure: char,
    /// The first and the last day of the era. The current era ends with the last day of the calendar that the model accepts.
    from: &'static str,
    to: &'static str,
    /// The Gregorian year before the first year of the era.
    before: u32,
}

const ERAS: [Era; 5] = [
    // In Meiji, only dates from 1873 on are accepted, because earlier dates use the lunisolar calendar.
    Era {
        kanji: "明治",
        letter: 'M',
        figure: '1',
        from: "1873-01-01",
        to: "1912-07-30",
        before: 1867,
    },
    Era {
        kanji: "大正",
        letter: 'T',
        figure: '2',
        from: "1912-07-30",
        to: "1926-12-25",
        before: 1911,
    },
    Era {
        kanji: "昭和",
        letter: 'S',
        figure: '3',
        from: "1926-12-25",
        to: "1989-01-07",
        before: 1925,
    },
    Era {
        kanji: "平成",
        letter: 'H',
        figure: '4',
        from: "1989-01-08",
        to: "2019-04-30",
        before: 1988,
    },
    Era {
        kanji: "令和",
        letter: 'R',
        figure: '5',
        from: "2019-05-01",
        to: "2200-12-31",
        before: 2018,
    },
];

/// Parses an era date; `None` if the text does not have the form of an era date. `text` must not contain full-width signs.
pub(super) fn parse(text: &str) -> Option<Result<PartialDate, NotThatDate>> {
    let (era, [year, month, day]) = in_kanji(text).or_else(|| in_letters(text)).or_else(|| in_figures(text))?;
    Some(date(era, year?, month, day))
}

type Parts = (&'static Era, [Option<u32>; 3]);

/// Parses an era date in kanji: `令和7年4月1日`, `令和元年`, `昭和64年1月`.
fn in_kanji(text: &str) -> Option<Parts> {
    let era = ERAS.iter().find(|era| text.starts_with(era.kanji))?;
    let rest: String = text[era.kanji.len()..].split_whitespace().collect();
    let (year, rest) = rest.split_once('年')?;
    let year = if year == "元" { Some(1) } else { number(year) };
    let (month, rest) = match rest.split_once('月') {
        Some((month, rest)) => (Some(number(month)?), rest),
        None => (None, rest),
    };
    let day = match rest.strip_suffix('日') {
        Some(day) if month.is_some() => Some(number(day)?),
        Some(_) => return None,
        None if rest.is_empty() => None,
        None => return None,
    };
    Some((era, [Some(year?), month, day]))
}

/// Parses an era date with a letter for the era: `R07.4.1`, `S64/1/7`, `H31-4`.
fn in_letters(text: &str) -> Option<Parts> {
    let letter = text.chars().next()?.to_ascii_uppercase();
    let era = ERAS.iter().find(|era| era.letter == letter)?;
    let parts: Vec<&str> = text[1..].split(['.', '/', '-']).collect();
    let numbers: Vec<u32> = parts.iter().map(|part| number(part)).collect::<Option<_>>()?;
    match numbers[..] {
        [year] => Some((era, [Some(year), None, None])),
        [year, month] => Some((era, [Some(year), Some(month), None])),
        [year, month, day] => Some((era, [Some(year), Some(month), Some(day)])),
        _ => None,
    }
}

/// Parses an era date in seven digits, as in receipts: `5070401`.
fn in_figures(text: &str) -> Option<Parts> {
    if text.len() != 7 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let era = ERAS.iter().find(|era| text.starts_with(era.figure))?;
    Some((era, [number(&text[1..3]), number(&text[3..5]), number(&text[5..])]))
}

fn number(text: &str) -> Option<u32> {
    let good = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    good.then(|| text.parse().ok()).flatten()
}

fn date(era: &Era, year: u32, month: Option<u32>, day: Option<u32>) -> Result<PartialDate, NotThatDate> {
    if year == 0 {
        return Err(NotThatDate::Calendar);
    }
    let mut text = format!("{:04}", era.before + year);
    for part in [month, day].into_iter().flatten() {
        text.push_str(&format!("-{part:02}"));
    }
    let date = PartialDate::parse(&text).map_err(|_| NotThatDate::Calendar)?;
    // The comparison uses only the known parts of the date. A date without a day in the first or last month of the era therefore counts as
    // inside the era.
    let within = date.as_str() >= &era.from[..text.len()] && date.as_str() <= &era.to[..text.len()];
    within.then_some(date).ok_or(NotThatDate::Era)
}
