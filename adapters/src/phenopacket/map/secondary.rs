//! Finds out whether the texts of a packet call a finding secondary.
//!
//! Phenopackets have no member for secondary findings. Tools write this information into the free texts of a finding and into extensions of the
//! variant. A finding that these texts call secondary is never a primary finding, even if its disease is one of the packet's diseases.

use ga4gh_phenopackets::{Extension, GenomicInterpretation, GenomicInterpretationCall, Interpretation};

/// Phrases in free texts that mean a secondary finding, in lower case, with letters only.
const CALLED: [&str; 9] = [
    "secondaryfinding",
    "secondaryvariant",
    "incidental",
    "unsolicited",
    "acmgsf",
    "二次的所見",
    "二次所見",
    "副次的所見",
    "偶発的所見",
];
/// Phrases which state that there is no secondary finding. They are removed before the search for [`CALLED`].
const DENIED: [&str; 12] = [
    "nosecondaryfinding",
    "nosecondaryvariant",
    "notasecondaryfinding",
    "noincidental",
    "notanincidental",
    "nounsolicited",
    "withoutsecondaryfinding",
    "二次的所見なし",
    "二次的所見はな",
    "二次的所見ではな",
    "偶発的所見なし",
    "偶発的所見はな",
];

/// Whether the texts of an interpretation call its findings secondary.
pub(super) fn is_called_secondary(interpretation: &Interpretation) -> bool {
    [&interpretation.id, &interpretation.summary]
        .into_iter()
        .any(|text| calls_secondary(text))
}

/// Whether the texts and extensions of a finding's variant call the finding secondary.
pub(super) fn calls_finding_secondary(finding: &GenomicInterpretation) -> bool {
    let descriptor = match &finding.call {
        Some(GenomicInterpretationCall::Variant(variant)) => variant.variation_descriptor.as_ref(),
        Some(GenomicInterpretationCall::Gene(_)) | None => None,
    };
    let mut texts = descriptor.into_iter().flat_map(|d| [d.id.as_str(), &d.label, &d.description]);
    texts.any(calls_secondary) || descriptor.into_iter().flat_map(|d| &d.extensions).any(says_secondary)
}

fn calls_secondary(text: &str) -> bool {
    let mut text = letters(text);
    for denied in DENIED {
        text = text.replace(denied, " ");
    }
    CALLED.iter().any(|called| text.contains(called))
}

/// Whether an extension calls the finding secondary, for example `{name: "findingCategory", value: "secondary"}`, `{name: "secondaryFinding",
/// value: true}` or `{name: "isPrimary", value: false}`.
fn says_secondary(extension: &Extension) -> bool {
    let (name, value) = (letters(&extension.name), letters(&extension.value));
    let is_no = matches!(value.as_str(), "false" | "no" | "none" | "") || matches!(extension.value.trim(), "0");
    let named = |text: &str| text.contains("secondary") || calls_secondary(text);
    let (of_name, of_value) = (named(&name), calls_secondary(&extension.value) || value.starts_with("secondary"));
    let is_about_findings = ["finding", "category", "kind", "type", "class", "return"]
        .iter()
        .any(|word| name.contains(word));
    of_value && (is_about_findings || calls_secondary(&extension.value))
        || of_name && !is_no
        || name.contains("primary") && is_no && !value.is_empty()
}

/// The letters and digits of a text, in lower case.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extension(name: &str, value: &str) -> bool {
        says_secondary(&Extension {
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }

    #[test]
    fn a_free_text_calls_a_finding_secondary_unless_the_text_denies_it() {
        for text in [
            "Secondary finding: BRCA1",
            "ACMG SF v3.2",
            "Incidental finding, adult onset",
            "secondary_findings-2",
            "二次的所見：BRCA2",
            "偶発的所見",
            "unsolicited",
            "No secondary findings in BRCA1; secondary finding in BRCA2.",
        ] {
            assert!(calls_secondary(text), "{text}");
        }
        for text in [
            "",
            "Causative of secondary hypertension",
            "No secondary findings.",
            "not a secondary finding",
            "No incidental findings were reported",
            "二次的所見なし",
        ] {
            assert!(!calls_secondary(text), "{text}");
        }
    }

    #[test]
    fn extensions_call_a_finding_secondary_by_name_or_by_value() {
        for (name, value) in [
            ("secondaryFinding", "true"),
            ("secondary_finding", "ACMG"),
            ("findingCategory", "secondary"),
            ("finding type", "Secondary"),
            ("findingType", "incidental"),
            ("isPrimaryFinding", "false"),
            ("note", "secondary finding"),
        ] {
            assert!(extension(name, value), "{name} {value}");
        }
        for (name, value) in [
            ("secondaryFinding", "false"),
            ("secondaryFinding", "no"),
            ("findingType", "primary"),
            ("isPrimaryFinding", "true"),
            ("consequence", "secondary structure lost"),
            ("mosaicism", "12%"),
        ] {
            assert!(!extension(name, value), "{name} {value}");
        }
    }
}
