//! Reads from a file's header how the file was made, and expresses the result in words of a closed vocabulary. Headers contain paths, host
//! names, sample names and free text. Only a calendar date and a text with the form of a version are copied from a header.

mod sam;
mod vcf;
mod vocabulary;

use gemj_model::PartialDate;

pub(crate) use sam::of_sam;
pub(crate) use vcf::of_vcf;

/// The maximum length of a version text, in bytes. A longer text is ignored.
const MOST_VERSION_BYTES: usize = 24;

/// Parses a calendar date, `YYYY-MM-DD` or `YYYYMMDD`. A time may follow the first form. Absent for any other text.
fn day(text: &str) -> Option<PartialDate> {
    let dashed = match text.as_bytes() {
        digits if digits.len() == 8 && digits.iter().all(u8::is_ascii_digit) => {
            format!("{}-{}-{}", text.get(..4)?, text.get(4..6)?, text.get(6..)?)
        }
        _ => text.get(..10)?.to_owned(),
    };
    // If text follows the date, it must be a time. Otherwise the text is a longer number whose first digits look like a date.
    let rest = if text.len() == 8 { "" } else { text.get(10..)? };
    if !rest.is_empty() && !rest.starts_with(['T', ' ']) {
        return None;
    }
    PartialDate::parse(&dashed).ok()
}

/// The version at the start of a text. A version is a digit, or `v` and a digit, followed by letters, digits, dots, pluses, hyphens and
/// underscores. Absent if the text does not start with a version.
fn version(text: &str) -> Option<&str> {
    let word = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"')).next()?;
    let digits = word.strip_prefix(['v', 'V']).unwrap_or(word);
    let looks_like_one = digits.starts_with(|c: char| c.is_ascii_digit())
        && word.len() <= MOST_VERSION_BYTES
        && word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-' | '_'));
    looks_like_one.then_some(word)
}

/// The name of a tool, followed by its version if `stated` starts with a version.
fn with_version(tool: &str, stated: Option<&str>) -> String {
    match stated.and_then(version) {
        Some(version) => format!("{tool} {version}"),
        None => tool.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_and_versions_are_read_and_similar_texts_are_ignored() {
        for (text, read) in [
            ("20160329", Some("2016-03-29")),
            ("2016-03-29", Some("2016-03-29")),
            ("2016-03-29T08:00:00+09:00", Some("2016-03-29")),
            ("20160230", None),
            ("2016-03", None),
            ("2016", None),
            ("2016-03-290", None),
            ("201603290", None),
            ("Tue Mar 29 2016", None),
            ("é016-03-29", None),
        ] {
            assert_eq!(day(text).as_ref().map(PartialDate::as_str), read, "{text}");
        }
        for good in ["0.7.17-r1188", "v1.3.6", "1.16+htslib-1.16", "4.2.6.1", "2"] {
            assert_eq!(version(good), Some(good));
        }
        assert_eq!(version("0.1.17 (r973:277)"), Some("0.1.17"));
        for bad in [
            "",
            "v",
            "latest",
            "Yamada-1.0",
            "/opt/bwa-1.0",
            "1.0/home",
            "1234567890123456789012345",
            "1.0é",
        ] {
            assert_eq!(version(bad), None, "{bad}");
        }
    }

    proptest! {
        /// For any header text, the result contains only a date, words of the vocabulary and versions.
        #[test]
        fn provenance_contains_only_a_day_vocabulary_and_versions(text in "(@RG|@PG|##|[A-Za-z0-9:=<>\",.é \t\n-]){0,60}", name in "[A-Z][a-z]{3,9}",
                                             tag in "(PL|PM|DT|PN|ID|VN|DS|CN)", kind in "(@RG|@PG)", line in "(source|fileDate|GATKCommandLine|x)") {
            let sam = format!("{kind}\tID:{name}\t{tag}:{name}\n{text}");
            let vcf = format!("##fileformat=VCFv4.2\n##{line}={name}\n##{line}=<ID={name},Version={name}>\n{text}");
            for made in [of_sam(sam.as_bytes()), of_vcf(vcf.as_bytes())] {
                for word in [made.platform, made.platform_model, made.aligner, made.variant_caller].into_iter().flatten() {
                    prop_assert!(word.len() <= 64 && !word.contains(&name), "{}", word);
                }
            }
        }
    }
}
