//! The fields of a problem (HL7 v2.5 § 12.4.2, segment PRB) that change the status of its diagnosis, and flags of ODM.
//!
//! Most of these fields have tables of the site. The code knows only words and codes with a certain meaning. Every other content makes the
//! diagnosis not understood.

use gemj_model::{FactStatus, PartialDate};

use super::date::{DateFormat, parse_date};
use super::modifier::{Modifier, modifier};
use super::narrow;

/// The effect of PRB-1 (table 0287). `AD` (add), `CO` (correct), `LI` (link), `UC` (unchanged) and `UP` (update) leave the problem as it is. A
/// deleted problem (`DE`) does not enter a unit.
pub(crate) fn action(texts: &[&str]) -> Modifier {
    match words(texts).as_slice() {
        [] => Modifier::Neutral,
        [code] if matches!(code.as_str(), "ad" | "co" | "li" | "uc" | "up") => Modifier::Neutral,
        _ => Modifier::Unknown,
    }
}

/// The effect of PRB-9, the actual date of resolution. A problem that was resolved before the message was sent is history. `sent` is the date of
/// the message; `None` if not known.
pub(crate) fn resolved(texts: &[&str], sent: Option<&PartialDate>) -> Modifier {
    match texts {
        [] => Modifier::Neutral,
        [text] => match (parse_date(text, &[DateFormat::Compact]), sent) {
            (Err(_), _) => Modifier::Unknown,
            (Ok(date), Some(sent)) if is_after(&date, sent) => Modifier::Unknown,
            (Ok(_), _) => Modifier::Says(FactStatus::History),
        },
        [_, _, ..] => Modifier::Unknown,
    }
}

/// Whether a date is certainly later than another date. The parts that both dates have are compared.
pub(super) fn is_after(date: &PartialDate, other: &PartialDate) -> bool {
    let length = date.as_str().len().min(other.as_str().len());
    date.as_str().get(..length) > other.as_str().get(..length)
}

/// The effect of PRB-13, the confirmation status. In SS-MIX2 storages, the field is a flag for a suspected diagnosis.
pub(crate) fn confirmation(texts: &[&str]) -> Modifier {
    of_words(texts, |word| match word {
        "0" | "confirmed" | "確定" | "確定診断" | "確診" => Some(Modifier::Neutral),
        "1" | "y" | "s" => Some(Modifier::Says(FactStatus::Suspected)),
        _ => None,
    })
}

/// The effect of PRB-14, the life cycle status. SS-MIX2 storages write the outcome of table 0241 there (`N^回復せず^HL70241`): `N` not recovering,
/// `W` worsening, `R` recovering, `F` recovered, `S` after-effects. Died (`D`) and unknown (`U`) say nothing certain about the disease.
pub(crate) fn life_cycle(texts: &[&str]) -> Modifier {
    let words = words(texts);
    if let Some(code) = words.first().filter(|_| words.iter().any(|word| word == "hl70241")) {
        return match code.as_str() {
            "n" | "w" | "r" => Modifier::Neutral,
            "f" | "s" => Modifier::Says(FactStatus::History),
            _ => Modifier::Unknown,
        };
    }
    of_words(texts, |word| match word {
        "active" | "ongoing" | "継続" | "継続中" | "治療中" | "不変" | "悪化" | "増悪" | "再発" => Some(Modifier::Neutral),
        "resolved" | "inactive" | "cured" | "治癒" | "完治" => Some(Modifier::Says(FactStatus::History)),
        _ => None,
    })
}

/// The effect of PRB-19, the certainty.
pub(crate) fn certainty(texts: &[&str]) -> Modifier {
    of_words(texts, |word| match word {
        "certain" | "confirmed" | "definite" | "確定" | "確実" => Some(Modifier::Neutral),
        _ => None,
    })
}

/// The effect of PRB-20, the probability between 0 and 1.
pub(crate) fn probability(texts: &[&str]) -> Modifier {
    let number = |text: &str| {
        let plain = narrow(text);
        let is_decimal = plain.trim().bytes().all(|b| b.is_ascii_digit() || b == b'.');
        plain.trim().parse::<f64>().ok().filter(|_| is_decimal)
    };
    match texts {
        [] => Modifier::Neutral,
        [text] => match number(text) {
            Some(p) if (p - 1.0).abs() < f64::EPSILON => Modifier::Neutral,
            Some(p) if p <= 0.0 => Modifier::Says(FactStatus::Excluded),
            Some(p) if p < 1.0 => Modifier::Says(FactStatus::Suspected),
            Some(_) | None => Modifier::Unknown,
        },
        [_, _, ..] => Modifier::Unknown,
    }
}

/// The effect of a flag of ODM. A flag about the work with the data leaves the data as it is.
pub(crate) fn flag(texts: &[&str]) -> Modifier {
    of_words(texts, |word| match word {
        "sdv" | "verified" | "reviewed" | "signed" | "locked" | "frozen" | "clean" | "complete" | "completed" | "ok" => {
            Some(Modifier::Neutral)
        }
        _ => None,
    })
}

/// The effect of a coded field: no effect if the field is empty. An unknown code beside a known word is ignored. Texts with different meanings
/// are not understood.
fn of_words(texts: &[&str], known: impl Fn(&str) -> Option<Modifier>) -> Modifier {
    let words = words(texts);
    let mut found: Option<Modifier> = None;
    for word in &words {
        let said = match (known(word), modifier([word.as_str()])) {
            (Some(said), _) => said,
            (None, said @ Modifier::Says(_)) => said,
            // The words for severity and course that a modifier may have say nothing about certainty.
            (None, Modifier::Neutral | Modifier::Unknown) => continue,
        };
        match found {
            Some(before) if before != said => return Modifier::Unknown,
            _ => found = Some(said),
        }
    }
    match words.is_empty() {
        true => Modifier::Neutral,
        false => found.unwrap_or(Modifier::Unknown),
    }
}

/// The texts in lower case and without full-width letters. Empty texts are omitted.
fn words(texts: &[&str]) -> Vec<String> {
    let words = texts.iter().map(|text| narrow(text).trim().to_ascii_lowercase());
    words.filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use FactStatus::{Excluded, History, RuledOut, Suspected};
    use Modifier::{Neutral, Says, Unknown};

    #[test]
    fn an_action_is_understood_only_if_table_0287_has_it() {
        for code in ["AD", "UP", "UC", "CO", "LI", "ad", "ＡＤ"] {
            assert_eq!(action(&[code]), Neutral, "{code}");
        }
        for texts in [&["UN"][..], &["DE"], &["XX"], &["AD", "x"], &["追加"]] {
            assert_eq!(action(texts), Unknown, "{texts:?}");
        }
        assert_eq!(action(&[]), Neutral);
    }

    #[test]
    fn a_problem_is_history_if_it_was_resolved_before_the_message() {
        let sent = PartialDate::parse("2024-01-10").unwrap();
        for (text, effect) in [
            ("20231231", Says(History)),
            ("202401", Says(History)),
            ("2024", Says(History)),
            ("20240110120000", Says(History)),
            ("20240111", Unknown),
            ("202402", Unknown),
            ("治癒", Unknown),
            ("20241301", Unknown),
        ] {
            assert_eq!(resolved(&[text], Some(&sent)), effect, "{text}");
        }
        assert_eq!(resolved(&["20990101"], None), Says(History));
        assert_eq!((resolved(&[], None), resolved(&["2023", "x"], None)), (Neutral, Unknown));
    }

    #[test]
    fn coded_fields_are_understood_by_all_their_parts() {
        for (effect, confirmation_texts) in [
            (Neutral, &[][..]),
            (Neutral, &["0"]),
            (Neutral, &["確定"]),
            (Neutral, &["17", "確定"]),
            (Says(Suspected), &["1"]),
            (Says(Suspected), &["17", "疑い"]),
            (Says(RuledOut), &["ruled out"]),
            (Says(Excluded), &["17", "否定"]),
            (Says(Suspected), &["17", "否定できない"]),
            (Unknown, &["0", "疑い"]),
            (Unknown, &["N"]),
            (Unknown, &["17"]),
            (Unknown, &["慢性"]),
        ] {
            assert_eq!(confirmation(confirmation_texts), effect, "{confirmation_texts:?}");
        }
        for (texts, effect) in [
            (&["R", "治癒"][..], Says(History)),
            (&["resolved"], Says(History)),
            (&["Active"], Neutral),
            (&["不変"], Neutral),
            (&["R"], Unknown),
            (&["軽快"], Unknown),
            (&["寛解"], Unknown),
            (&["死亡"], Unknown),
        ] {
            assert_eq!(life_cycle(texts), effect, "{texts:?}");
        }
        for (texts, effect) in [
            (&["definite"][..], Neutral),
            (&["probable"], Says(Suspected)),
            (&["unlikely"], Unknown),
            (&["C1"], Unknown),
        ] {
            assert_eq!(certainty(texts), effect, "{texts:?}");
        }
        for (text, effect) in [
            ("1", Neutral),
            ("1.0", Neutral),
            ("0", Says(Excluded)),
            ("0.7", Says(Suspected)),
            ("80", Unknown),
            ("-1", Unknown),
            ("nan", Unknown),
            ("高い", Unknown),
        ] {
            assert_eq!(probability(&[text]), effect, "{text}");
        }
        for (texts, effect) in [
            (&["SDV"][..], Neutral),
            (&["Suspected"], Says(Suspected)),
            (&["entered in error"], Says(FactStatus::NotUnderstood)),
            (&["7"], Unknown),
            (&["Locked", "ruled out"], Unknown),
        ] {
            assert_eq!(flag(texts), effect, "{texts:?}");
        }
    }
}
