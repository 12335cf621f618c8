//! Questions on the operator's terminal. Without a terminal, nothing is asked: a default is used, or the missing options are reported together.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use crate::command_error::CommandError;

/// Asks for values that no option states.
pub(super) struct Questions {
    is_terminal: bool,
    missing: Vec<String>,
}

impl Questions {
    /// Questions on standard error, answered on standard input, if both are a terminal.
    pub(super) fn of_terminal() -> Self {
        Self {
            is_terminal: std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
            missing: Vec::new(),
        }
    }

    /// The value of an option. If the option is not given, the answer on the terminal, or the default. A value without option, terminal and default
    /// is remembered as missing, and the text is empty.
    pub(super) fn answer(&mut self, option: &str, question: &str, given: Option<&str>, default: Option<&str>) -> String {
        if let Some(given) = given {
            return given.to_owned();
        }
        if self.is_terminal
            && let Some(answer) = asked(question, default)
        {
            return answer;
        }
        if let Some(default) = default {
            return default.to_owned();
        }
        self.missing.push(option.to_owned());
        String::new()
    }

    /// The values of an option that may be repeated. Each stated value is one value, also with a comma. An answer on the terminal is split at commas.
    ///
    /// # Errors
    /// A stated value is empty, for example because a variable of the shell is not set.
    pub(super) fn answers(&mut self, option: &str, question: &str, given: &[String]) -> anyhow::Result<Vec<String>> {
        let values: Vec<String> = if given.is_empty() {
            let answer = self.answer(option, question, None, None);
            answer
                .split(',')
                .map(|part| part.trim().to_owned())
                .filter(|part| !part.is_empty())
                .collect()
        } else {
            given.iter().map(|value| value.trim().to_owned()).collect()
        };
        let is_missing = self.missing.iter().any(|missing| missing == option);
        anyhow::ensure!(
            is_missing || (!values.is_empty() && !values.iter().any(String::is_empty)),
            CommandError::EmptyOption { option: option.to_owned() }
        );
        Ok(values)
    }

    /// Fails if a value is missing. The error names all missing options.
    pub(super) fn complete(&self) -> anyhow::Result<()> {
        if !self.missing.is_empty() {
            return Err(CommandError::MissingOptions {
                options: self.missing.join(", "),
            }
            .into());
        }
        Ok(())
    }
}

/// Asks on the terminal, again after an empty answer without a default. Absent if the terminal was closed.
fn asked(question: &str, default: Option<&str>) -> Option<String> {
    let shown = default.map(|default| format!(" [{default}]")).unwrap_or_default();
    loop {
        let mut line = String::new();
        let _ = write!(std::io::stderr(), "{question}{shown}: ");
        if std::io::stdin().lock().read_line(&mut line).ok()? == 0 {
            return None;
        }
        match (line.trim(), default) {
            ("", None) => {}
            ("", Some(default)) => return Some(default.to_owned()),
            (answer, _) => return Some(answer.to_owned()),
        }
    }
}
