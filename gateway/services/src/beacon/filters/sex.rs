//! The terms and words with which a filter can name a sex.

use gemj_model::Sex;

use super::pattern::Pattern;

/// The ontology terms that mean a registered sex.
pub(in crate::beacon) const SEX_TERMS: [(&str, Sex); 4] = [
    ("NCIT:C16576", Sex::Female),
    ("NCIT:C20197", Sex::Male),
    ("PATO:0000383", Sex::Female),
    ("PATO:0000384", Sex::Male),
];

/// The sexes that a participant can be registered with. "Not stated" is not a sex.
const STATED: [Sex; 3] = [Sex::Female, Sex::Male, Sex::Other];

/// The sex that an ontology term means; absent for other terms.
pub(super) fn of_term(id: &str) -> Option<Sex> {
    SEX_TERMS.iter().find(|(term, _)| *term == id).map(|(_, sex)| *sex)
}

/// The sexes that a value names by term or word. "Not stated" is never among them. Case is ignored, and the value may contain wildcards.
pub(super) fn named(value: &str) -> Vec<Sex> {
    let pattern = Pattern::parse(value);
    let is_named = |sex: Sex| {
        let terms = SEX_TERMS.iter().filter(|(_, means)| *means == sex).map(|(term, _)| *term);
        terms.chain([sex.as_str()]).any(|name| pattern.matches(name))
    };
    STATED.into_iter().filter(|sex| is_named(*sex)).collect()
}

/// Every sex that a participant can be registered with, except these.
pub(super) fn others(sexes: &[Sex]) -> Vec<Sex> {
    STATED.into_iter().filter(|sex| !sexes.contains(sex)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_words_and_wildcards_name_sexes_and_not_stated_names_no_sex() {
        assert_eq!(named("NCIT:C16576"), [Sex::Female]);
        assert_eq!(named("pato:0000384"), [Sex::Male]);
        assert_eq!(named("Female"), [Sex::Female]);
        assert_eq!(named("%male"), [Sex::Female, Sex::Male]);
        assert_eq!(named("other"), [Sex::Other]);
        assert!(named("unknown").is_empty() && named("").is_empty() && named("f").is_empty());
        assert_eq!(others(&[Sex::Female]), [Sex::Male, Sex::Other]);
    }
}
