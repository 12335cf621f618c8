//! Tests of the semantics. The expected values are written by hand, most of them for inputs from real feeds.

use gemj_model::Sex;
use gemj_model::fact::Comparator;
use proptest::prelude::*;

use super::*;

fn date(text: &str, formats: &[DateFormat]) -> Result<String, NotThatDate> {
    parse_date(text, formats).map(|d| d.as_str().to_owned())
}

#[test]
fn a_date_is_read_only_in_the_named_formats() {
    use DateFormat::{Compact, Iso, Slash};
    for (text, formats, expected) in [
        ("20240229", &[Compact][..], "2024-02-29"),
        ("201112", &[Compact], "2011-12"),
        ("2011", &[Compact], "2011"),
        ("20240401123059.123+0900", &[Compact], "2024-04-01"),
        ("202404012359", &[Compact], "2024-04-01"),
        ("2024-04-01", &[Iso], "2024-04-01"),
        ("2024-04", &[Iso], "2024-04"),
        ("2024-04-01T09:30:00+09:00", &[Iso], "2024-04-01"),
        ("2024-04-01 09:30", &[Iso], "2024-04-01"),
        ("2024/4/1", &[Slash], "2024-04-01"),
        ("２０２４０４０１", &[Compact], "2024-04-01"),
    ] {
        assert_eq!(date(text, formats).as_deref(), Ok(expected), "{text}");
    }
    for (text, formats, expected) in [
        ("2024-04-01", &[Compact][..], NotThatDate::Format),
        ("20240401", &[Iso], NotThatDate::Format),
        ("24/4/1", &[Slash], NotThatDate::Format),
        ("20230229", &[Compact], NotThatDate::Calendar),
        ("202404012401", &[Compact], NotThatDate::Calendar),
        ("202404012500", &[Compact], NotThatDate::Calendar),
        ("20240401240000.001", &[Compact], NotThatDate::Calendar),
        ("202302292400", &[Compact], NotThatDate::Calendar),
        ("202404011234567890", &[Compact], NotThatDate::Format),
        ("202404011234561.5", &[Compact], NotThatDate::Format),
        ("2024-04-01T24:00:01", &[Iso], NotThatDate::Calendar),
        ("2024-13", &[Iso], NotThatDate::Calendar),
        ("", &[Iso, Compact], NotThatDate::Format),
        ("春", &[Iso, Compact, Slash, DateFormat::Era], NotThatDate::Format),
    ] {
        assert_eq!(date(text, formats), Err(expected), "{text}");
    }
}

#[test]
fn long_times_and_the_end_of_a_day_are_read_and_counted_as_repairs() {
    use crate::unit::Repair::{EndOfDay, LongTime};
    use DateFormat::{Compact, Iso};
    for (text, format, expected, repairs) in [
        ("20240401123059", Compact, "2024-04-01", &[][..]),
        ("20240401123059.123", Compact, "2024-04-01", &[]),
        ("202404011230591", Compact, "2024-04-01", &[LongTime]),
        ("20240401123059123", Compact, "2024-04-01", &[LongTime]),
        ("20240401123059123+0900", Compact, "2024-04-01", &[LongTime]),
        ("2024040124", Compact, "2024-04-02", &[EndOfDay]),
        ("202402282400", Compact, "2024-02-29", &[EndOfDay]),
        ("20231231240000", Compact, "2024-01-01", &[EndOfDay]),
        ("20231231240000.000+0900", Compact, "2024-01-01", &[EndOfDay]),
        ("20231231240000000", Compact, "2024-01-01", &[EndOfDay, LongTime]),
        ("2024-04-30T24:00:00", Iso, "2024-05-01", &[EndOfDay]),
        ("2024-04-30 24:00", Iso, "2024-05-01", &[EndOfDay]),
        ("2024-04-30T24:00:00.0Z", Iso, "2024-05-01", &[EndOfDay]),
        ("2024-04-30T23:59:59", Iso, "2024-04-30", &[]),
    ] {
        assert_eq!(date(text, &[format]).as_deref(), Ok(expected), "{text}");
        assert_eq!(repairs_of_date(text, &[format]), repairs, "{text}");
    }
    assert_eq!(repairs_of_date("202404012401", &[Compact]), []);
}

#[test]
fn an_era_date_becomes_gregorian_and_must_be_within_its_era() {
    for (text, expected) in [
        ("令和7年4月1日", "2025-04-01"),
        ("令和７年４月１日", "2025-04-01"),
        ("令和元年5月1日", "2019-05-01"),
        ("令和元年", "2019"),
        ("R07.4.1", "2025-04-01"),
        ("r7/4/1", "2025-04-01"),
        ("昭和64年1月7日", "1989-01-07"),
        ("昭和64年1月", "1989-01"),
        ("平成元年1月8日", "1989-01-08"),
        ("平成31年4月30日", "2019-04-30"),
        ("S39.10", "1964-10"),
        ("大正15年12月25日", "1926-12-25"),
        ("昭和元年12月25日", "1926-12-25"),
        ("明治45年7月30日", "1912-07-30"),
        ("5070401", "2025-04-01"),
        ("3640107", "1989-01-07"),
    ] {
        assert_eq!(date(text, &[DateFormat::Era]).as_deref(), Ok(expected), "{text}");
    }
    for text in ["昭和64年1月8日", "昭和64年2月", "平成31年5月", "令和元年4月", "昭和65年", "3640108"] {
        assert_eq!(date(text, &[DateFormat::Era]), Err(NotThatDate::Era), "{text}");
    }
    for text in ["令和7年2月30日", "令和0年", "平成5年13月"] {
        assert_eq!(date(text, &[DateFormat::Era]), Err(NotThatDate::Calendar), "{text}");
    }
    for text in ["令和7", "和7年", "令和7年4日", "令和7年4月1", "R", "R7.4.1.2", "9070401", "慶応3年"] {
        assert_eq!(date(text, &[DateFormat::Era]), Err(NotThatDate::Format), "{text}");
    }
}

#[test]
fn a_bound_is_read_from_the_side_of_the_number() {
    use Comparator::{AtLeast, AtMost, Less, More};
    for (text, comparator, number) in [
        ("0.1", None, "0.1"),
        ("1.10", None, "1.10"),
        ("-3", None, "-3"),
        ("<0.1", Some(Less), "0.1"),
        (">= 200", Some(AtLeast), "200"),
        ("<=5", Some(AtMost), "5"),
        ("100<", Some(More), "100"),
        ("<100", Some(Less), "100"),
        ("100>", Some(Less), "100"),
        ("＜０．５", Some(Less), "0.5"),
        ("≧10", Some(AtLeast), "10"),
        ("5以上", Some(AtLeast), "5"),
        ("10ミマン", Some(Less), "10"),
        ("3 未満", Some(Less), "3"),
    ] {
        let read = parse_quantity(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!((read.comparator, read.number.as_str()), (comparator, number), "{text}");
    }
    for text in [
        "",
        "200～",
        "200↑",
        "ミマン",
        "★陽性★",
        "(+ー)",
        "1+↓",
        "少量",
        "2.3(±)",
        "Hb+Tf-",
        "50×10^2",
        "/3",
        "1/3",
        "U100",
        "L300",
        "1,200",
        "<1<2",
        "<>5",
        ".5",
        "5.",
        "1.2.3",
        "NaN",
        "1e3",
        "  -",
        "2 +",
    ] {
        assert_eq!(parse_quantity(text), None, "{text}");
    }
}

#[test]
fn a_code_without_its_form_is_refused() {
    for (text, expected) in [
        ("K297", "K29.7"),
        ("K29.7", "K29.7"),
        ("K29", "K29"),
        ("M0690", "M06.90"),
        ("c349", "C34.9"),
    ] {
        assert_eq!(icd10(text).as_deref(), Ok(expected));
    }
    for bad in [
        "",
        "K2",
        "K2X",
        "29.7",
        "K29.",
        "K29.777",
        "K29.7+",
        "Ｋ297",
        "胃炎です",
        "K29-7",
        "K29é",
    ] {
        assert_eq!(icd10(bad), Err(NotACode::Icd10), "{bad}");
    }
    assert_eq!(jlac10("3A016000002327102").as_deref(), Ok("3A016000002327102"));
    assert_eq!(jlac10("3A0160000023271").as_deref(), Ok("3A0160000023271"));
    for bad in [
        "3A01600000232710",
        "3a016000002327102",
        "33016000002327102",
        "3A016-0000-023271",
        "",
        "3A016000002327102 ",
    ] {
        assert_eq!(jlac10(bad), Err(NotACode::Jlac10), "{bad}");
    }
    assert!(hpo("HP:0001250").is_ok() && hpo("HP:001250").is_err() && hpo("0001250").is_err() && hpo("hp:0001250").is_err());
    assert!(curie("ICD10:K29.7").is_ok() && curie("hospital-a.lab:GOT").is_ok());
    for bad in ["K29.7", ":x", "1A:x", "ICD10:", "ICD10:a b", "胃:1", "ICD10:a\u{7}"] {
        assert_eq!(curie(bad), Err(NotACode::Curie), "{bad}");
    }
}

#[test]
fn sex_is_read_from_words_and_never_from_numbers() {
    assert_eq!(parse_sex("M"), Some(Sex::Male));
    assert_eq!(parse_sex("女性"), Some(Sex::Female));
    assert_eq!(parse_sex("Undifferentiated"), Some(Sex::Other));
    assert_eq!(parse_sex("N/A"), Some(Sex::Unknown));
    assert_eq!((parse_sex("1"), parse_sex(""), parse_sex("x")), (None, None, None));
}

#[test]
fn a_lost_character_is_detected() {
    assert!(has_lost_character("■田") && has_lost_character("a\u{fffd}") && !has_lost_character("胃炎"));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_every_date_is_of_the_calendar(text in "[0-9RSH令和昭年月日元./T: <>=-]{0,12}|.{0,12}") {
        let all = [DateFormat::Compact, DateFormat::Iso, DateFormat::Slash, DateFormat::Era];
        if let Ok(date) = parse_date(&text, &all) {
            prop_assert!(gemj_model::PartialDate::parse(date.as_str()).is_ok());
        }
        if let Some(quantity) = parse_quantity(&text) {
            prop_assert!(quantity.number.parse::<f64>().is_ok());
        }
        let _ = (icd10(&text), jlac10(&text), hpo(&text), curie(&text), parse_sex(&text));
    }
}
