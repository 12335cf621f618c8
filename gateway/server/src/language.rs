//! The language of the texts that a command prints for people. Outputs for programs (JSON, tables, codes) never depend on it.

use gemj_access::Language;

/// The variables that state the language, in the order of POSIX: the first that is set and not empty decides.
const VARIABLES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

/// The language of this process: Japanese for a locale such as `ja_JP.UTF-8`, otherwise English.
pub(crate) fn of_process() -> Language {
    of(|name| std::env::var(name).ok())
}

fn of(variable: impl Fn(&str) -> Option<String>) -> Language {
    let set = VARIABLES.into_iter().filter_map(variable).find(|value| !value.is_empty());
    let language = set.as_deref().and_then(|locale| locale.split(['_', '.', '@', '-']).next());
    if language == Some("ja") { Language::Ja } else { Language::En }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_decides() {
        for (set, language) in [
            (&[][..], Language::En),
            (&[("LANG", "ja_JP.UTF-8")], Language::Ja),
            (&[("LANG", "ja")], Language::Ja),
            (&[("LANG", "jav_ID.UTF-8")], Language::En),
            (&[("LANG", "ja_JP.UTF-8"), ("LC_ALL", "C")], Language::En),
            (&[("LANG", "ja_JP.UTF-8"), ("LC_ALL", "")], Language::Ja),
            (&[("LANG", "en_US.UTF-8"), ("LC_MESSAGES", "ja_JP.eucJP")], Language::Ja),
            (&[("LC_MESSAGES", "ja_JP.UTF-8"), ("LC_ALL", "en_GB.UTF-8")], Language::En),
        ] {
            let variable = |name: &str| set.iter().find(|(of, _)| *of == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(of(variable), language, "{set:?}");
        }
    }
}
