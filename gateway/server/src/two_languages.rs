//! Declares a catalogue of errors, each with its text in English and in Japanese.

/// Declares an enum of errors and their two texts. The compiler refuses a text that names a value which the error does not have, and an error with a value
/// that its texts do not name.
///
/// A value is a `String`, unless its type follows its name. `=> FUNCTION` names the function that writes the value in a language.
///
/// ```text
/// /// About the error.
/// UnknownThing { typed, number: u64, near: Vec<String> => nearest }
///     "the text in English: '{typed}', {number}{near}"
///     "the text in Japanese: …"
/// ```
macro_rules! in_two_languages {
    (
        $(#[$about_all:meta])* $errors:ident
        $( $(#[$about:meta])* $error:ident $( { $($value:ident $(: $kind:ty $(=> $written:path)?)?),* } )? $english:literal $japanese:literal )*
    ) => {
        $(#[$about_all])*
        #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
        #[error("{}", self.text($crate::language::of_process()))]
        pub(crate) enum $errors {
            $( $(#[$about])* $error $( { $($value: in_two_languages!(@kind $($kind)?)),* } )?, )*
        }

        impl $errors {
            /// The text of the error: the cause, and then the remedy.
            pub(crate) fn text(&self, language: gemj_access::Language) -> String {
                match (self, language) {
                    $( (Self::$error $( { $($value),* } )?, gemj_access::Language::En) => {
                           $($( let $value = in_two_languages!(@written $value, gemj_access::Language::En $($(, $written)?)?); )*)?
                           format!($english)
                       }
                       (Self::$error $( { $($value),* } )?, gemj_access::Language::Ja) => {
                           $($( let $value = in_two_languages!(@written $value, gemj_access::Language::Ja $($(, $written)?)?); )*)?
                           format!($japanese)
                       } )*
                }
            }

            /// Every text in English and in Japanese, with the names of its values in braces.
            #[cfg(test)]
            pub(crate) const TEXTS: &[(&str, &str)] = &[$( ($english, $japanese) ),*];
        }
    };
    (@kind) => { String };
    (@kind $kind:ty) => { $kind };
    (@written $value:ident, $language:path) => { $value };
    (@written $value:ident, $language:path, $written:path) => { $written($value, $language) };
}

pub(crate) use in_two_languages;

#[cfg(test)]
mod tests {
    use crate::command_error::CommandError;
    use crate::operator_error::OperatorError;

    /// The values and the commands that a text names, in order of the alphabet.
    fn named(text: &str) -> (Vec<&str>, Vec<&str>) {
        let mut values: Vec<&str> = text.split('{').skip(1).filter_map(|after| after.split('}').next()).collect();
        let mut commands: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
        values.sort_unstable();
        commands.sort_unstable();
        (values, commands)
    }

    #[test]
    fn every_error_has_the_same_values_and_commands_in_both_languages() {
        for (texts, at_least) in [(CommandError::TEXTS, 40), (OperatorError::TEXTS, 15)] {
            assert!(texts.len() >= at_least, "{}", texts.len());
            for (english, japanese) in texts {
                assert!(english.is_ascii(), "{english}");
                assert!(japanese.chars().any(|c| ('ぁ'..='ん').contains(&c)), "{japanese}");
                assert_eq!(named(english), named(japanese), "{english}");
                for option in english.split(['`', ' ', ':', ',', ';']).filter(|word| word.starts_with("--")) {
                    assert!(japanese.contains(option), "{option}: {japanese}");
                }
                for section in ["[[sites]]", "[[datasets]]"] {
                    assert_eq!(english.contains(section), japanese.contains(section), "{section}: {japanese}");
                }
            }
        }
    }
}
