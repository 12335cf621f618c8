//! Questions on the operator's terminal. Without a terminal, nothing is asked: a default is used, or the missing options are reported together.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

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
        while self.is_terminal {
            let shown = default.map(|default| format!(" [{default}]")).unwrap_or_default();
            let mut line = String::new();
            let _ = write!(std::io::stderr(), "{question}{shown}: ");
            match std::io::stdin().lock().read_line(&mut line) {
                Ok(0) | Err(_) => break,
                Ok(_) if !line.trim().is_empty() => return line.trim().to_owned(),
                Ok(_) => {}
            }
            if let Some(default) = default {
                return default.to_owned();
            }
        }
        if let Some(default) = default {
            return default.to_owned();
        }
        self.missing.push(option.to_owned());
        String::new()
    }

    /// Fails if a value is missing. The error names all missing options.
    pub(super) fn complete(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.missing.is_empty(),
            "nothing was made: {} must be stated (on a terminal, `init` asks for them)",
            self.missing.join(", ")
        );
        Ok(())
    }
}
