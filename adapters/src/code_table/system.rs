//! The names of code systems, and the forms of their codes. A code is stored as in facts: a prefix, a colon and the code.

use crate::semantics::{curie, hpo, icd10, jlac10};

/// The prefixes of code systems by their addresses in JP Core, FHIR and HL7, and by their object identifiers.
const ADDRESSES: [(&str, &str); 31] = [
    ("http://jpfhir.jp/fhir/core/mhlw/CodeSystem/ICD10-2013-full", "ICD10"),
    ("http://hl7.org/fhir/sid/icd-10", "ICD10"),
    ("urn:oid:2.16.840.1.113883.6.3", "ICD10"),
    ("http://hl7.org/fhir/sid/icd-10-cm", "ICD10CM"),
    ("urn:oid:2.16.840.1.113883.6.90", "ICD10CM"),
    ("http://medis.or.jp/CodeSystem/master-JLAC10-17digits", "JLAC10"),
    ("urn:oid:1.2.392.200119.4.504", "JLAC10"),
    ("http://medis.or.jp/CodeSystem/master-disease-keyNumber", "MDCDX2"),
    ("urn:oid:1.2.392.200119.4.101.2", "MDCDX2"),
    ("http://medis.or.jp/CodeSystem/master-disease-exCode", "MEDIS-EXCHANGE"),
    ("urn:oid:1.2.392.200119.4.101.6", "MEDIS-EXCHANGE"),
    ("http://medis.or.jp/CodeSystem/master-HOT9", "HOT9"),
    ("urn:oid:1.2.392.200119.4.403.1", "HOT9"),
    ("http://medis.or.jp/CodeSystem/master-HOT7", "HOT7"),
    ("urn:oid:1.2.392.200119.4.403.2", "HOT7"),
    ("http://medis.or.jp/CodeSystem/master-HOT13", "HOT13"),
    ("urn:oid:1.2.392.200119.4.402.1", "HOT13"),
    ("http://capstandard.jp/iyaku.info/CodeSystem/YJ-code", "YJ"),
    ("urn:oid:1.2.392.100495.20.1.73", "YJ"),
    ("http://www.whocc.no/atc", "ATC"),
    ("http://loinc.org", "LOINC"),
    ("urn:oid:2.16.840.1.113883.6.1", "LOINC"),
    ("http://snomed.info/sct", "SNOMEDCT"),
    ("urn:oid:2.16.840.1.113883.6.96", "SNOMEDCT"),
    ("https://www.meddra.org", "MEDDRA"),
    ("http://unitsofmeasure.org", "UCUM"),
    ("http://www.orpha.net", "ORPHA"),
    ("http://purl.obolibrary.org/obo/mondo.owl", "MONDO"),
    ("http://purl.obolibrary.org/obo/hp.owl", "HP"),
    ("http://human-phenotype-ontology.org", "HP"),
    ("http://nanbyodata.jp/ontology/nando", "NANDO"),
];

/// The prefix of a code system that a table names by its prefix or by a known address; absent for any other text.
pub(super) fn system(named: &str) -> Option<&str> {
    if let Some((_, prefix)) = ADDRESSES.iter().find(|(address, _)| *address == named) {
        return Some(prefix);
    }
    let is_prefix = !named.contains(':') && named.len() <= 64 && curie(&format!("{named}:x")).is_ok();
    is_prefix.then_some(named)
}

/// The CURIE of a code; absent if the code does not have the form of its code system. A code that already begins with the prefix is unchanged. A code
/// of ICD-10 is written with its dot, as facts have it.
pub(super) fn code(prefix: &str, local: &str) -> Option<String> {
    let own = local.strip_prefix(prefix).and_then(|rest| rest.strip_prefix(':'));
    let local = own.unwrap_or(local);
    let local = match prefix {
        "ICD10" => icd10(local).ok()?,
        "JLAC10" => jlac10(local).ok()?,
        _ => local.to_owned(),
    };
    let whole = format!("{prefix}:{local}");
    match prefix {
        "HP" => hpo(&whole).ok(),
        _ => curie(&whole).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_system_is_named_by_its_prefix_or_its_address() {
        assert_eq!(system("ICD10"), Some("ICD10"));
        assert_eq!(system("http://jpfhir.jp/fhir/core/mhlw/CodeSystem/ICD10-2013-full"), Some("ICD10"));
        assert_eq!(system("site-hospital-a.lab"), Some("site-hospital-a.lab"));
        for other in ["", "http://example.org/codes", "1x", "a b", "urn:oid:1.2.3"] {
            assert_eq!(system(other), None, "{other}");
        }
    }

    #[test]
    fn a_code_is_written_as_facts_have_it() {
        assert_eq!(code("ICD10", "K297").as_deref(), Some("ICD10:K29.7"));
        assert_eq!(code("MONDO", "MONDO:0005148").as_deref(), Some("MONDO:0005148"));
        assert_eq!(code("MONDO", "0005148").as_deref(), Some("MONDO:0005148"));
        assert_eq!(code("LOINC", "718-7").as_deref(), Some("LOINC:718-7"));
        for (prefix, local) in [("ICD10", "K2"), ("JLAC10", "3A016"), ("HP", "1"), ("LOINC", "7 18"), ("YJ", "")] {
            assert_eq!(code(prefix, local), None, "{prefix} {local}");
        }
    }
}
