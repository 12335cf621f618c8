//! Errors of the command line itself (a misspelt option, an absent argument), in the language of the process.

use clap::FromArgMatches as _;
use clap::error::{ContextKind, ErrorKind};
use gemj_access::Language;

use crate::command::{Arguments, definition};
use crate::language;
use crate::sources::Sources;

/// Reads the arguments of the process. A wrong command line ends the process with the exit code 2; a request for help ends it with 0.
#[must_use]
pub fn arguments(sources: &Sources) -> Arguments {
    let matches = definition(sources.version).try_get_matches();
    match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => arguments,
        Err(error) => match (language::of_process(), japanese(&error)) {
            (Language::Ja, Some(text)) => {
                eprintln!("{text}");
                std::process::exit(error.exit_code());
            }
            _ => error.exit(),
        },
    }
}

/// The error in Japanese. Absent for help, for the version, and for an error without a Japanese text.
fn japanese(error: &clap::Error) -> Option<String> {
    let value = |kind: ContextKind| error.get(kind).map(ToString::to_string);
    let argument = || value(ContextKind::InvalidArg).unwrap_or_default();
    let given = || value(ContextKind::InvalidValue).unwrap_or_default();
    let mut text = match error.kind() {
        ErrorKind::UnknownArgument => format!("引数 '{}' はありません。", argument()),
        ErrorKind::InvalidSubcommand => format!("コマンド '{}' はありません。", value(ContextKind::InvalidSubcommand)?),
        ErrorKind::MissingRequiredArgument => format!("必要な引数がありません: {}", argument()),
        ErrorKind::MissingSubcommand => "サブコマンドを指定してください。".to_owned(),
        ErrorKind::InvalidValue if given().is_empty() => format!("'{}' には値が必要です。", argument()),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => format!("'{}' に値 '{}' は使えません。", argument(), given()),
        ErrorKind::ArgumentConflict => match value(ContextKind::PriorArg) {
            Some(other) => format!("'{}' は '{other}' と同時に指定できません。", argument()),
            None => format!("'{}' は一度しか指定できません。", argument()),
        },
        ErrorKind::TooManyValues => format!("'{}' の値が多すぎます。", argument()),
        ErrorKind::NoEquals => format!("'{}' と値の間に '=' が必要です。", argument()),
        _ => return None,
    };
    for (kind, lead) in [
        (ContextKind::SuggestedArg, "もしかして"),
        (ContextKind::SuggestedSubcommand, "もしかして"),
        (ContextKind::SuggestedValue, "もしかして"),
        (ContextKind::ValidValue, "使える値"),
        (ContextKind::ValidSubcommand, "使えるコマンド"),
    ] {
        if let Some(said) = value(kind).filter(|said| !said.is_empty()) {
            text += &format!("\n\n  {lead}: {said}");
        }
    }
    if let Some(usage) = value(ContextKind::Usage) {
        text += &format!("\n\n{}", usage.trim());
    }
    Some(format!("エラー: {text}\n\n詳しくは '--help' を付けて実行してください。"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::Parser as _;

    use super::*;

    fn said(words: &[&str]) -> String {
        let error = Arguments::try_parse_from(["gemj-gateway"].iter().chain(words)).unwrap_err();
        japanese(&error).unwrap()
    }

    #[test]
    fn usage_errors_have_a_japanese_text_with_the_cause_and_the_remedy() {
        for (words, parts) in [
            (&["objects", "list", "--jsn"][..], &["--jsn", "もしかして: --json"][..]),
            (&["objcts"], &["objcts", "もしかして: objects"]),
            (&["consent", "record", "P-1"], &["必要な引数がありません", "--form"]),
            (&["consent", "silent", "--days", "a week"], &["--days", "a week"]),
            (&["approval", "notice", "A-1", "--language", "jp"], &["jp", "使える値: ja, en"]),
            (&["quarantine", "--limit"], &["--limit", "値が必要です"]),
        ] {
            let said = said(words);
            for part in parts.iter().chain(&["--help"]) {
                assert!(said.contains(part), "{words:?}: {part} is not in {said}");
            }
        }
    }

    #[test]
    fn help_and_version_are_no_errors() {
        for words in [["--help"], ["--version"]] {
            let shown = Arguments::try_parse_from(["gemj-gateway"].iter().chain(&words)).unwrap_err();
            assert!(japanese(&shown).is_none());
        }
    }
}
