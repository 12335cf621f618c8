//! The findings of `doctor`.

use std::process::ExitCode;

use serde_json::json;

use gemj_authenticate::printable;

use crate::command::output;

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Good,
    Warning,
    Fault,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

struct Finding {
    check: &'static str,
    level: Level,
    text: String,
    remedy: String,
}

/// All findings, in the order of the checks.
#[derive(Default)]
pub(super) struct Report(Vec<Finding>);

impl Report {
    pub(super) fn good(&mut self, check: &'static str, text: impl Into<String>) {
        self.add(check, Level::Good, text.into(), String::new());
    }

    /// Something that works now and will or may not work later.
    pub(super) fn warning(&mut self, check: &'static str, text: impl Into<String>, remedy: impl Into<String>) {
        self.add(check, Level::Warning, text.into(), remedy.into());
    }

    /// Something that does not work.
    pub(super) fn fault(&mut self, check: &'static str, text: impl Into<String>, remedy: impl Into<String>) {
        self.add(check, Level::Fault, text.into(), remedy.into());
    }

    fn add(&mut self, check: &'static str, level: Level, text: String, remedy: String) {
        self.0.push(Finding {
            check,
            level,
            text: one_line(&text),
            remedy: one_line(&remedy),
        });
    }

    fn count(&self, level: Level) -> usize {
        self.0.iter().filter(|finding| finding.level == level).count()
    }

    pub(super) fn print(&self, json: bool) -> anyhow::Result<()> {
        if json {
            let findings = self.0.iter().map(|finding| {
                json!({ "check": finding.check, "level": finding.level.as_str(), "text": finding.text, "remedy": finding.remedy })
            });
            return output::print_json(&json!({ "findings": findings.collect::<Vec<_>>() }));
        }
        for finding in &self.0 {
            println!("{:8} {}: {}", finding.level.as_str(), finding.check, finding.text);
            if !finding.remedy.is_empty() {
                println!("         -> {}", finding.remedy);
            }
        }
        println!(
            "{} good, {} warnings, {} faults",
            self.count(Level::Good),
            self.count(Level::Warning),
            self.count(Level::Fault)
        );
        Ok(())
    }

    /// 0 if all is good, 1 with warnings, 2 with faults.
    pub(super) fn exit_code(&self) -> ExitCode {
        match (self.count(Level::Fault), self.count(Level::Warning)) {
            (0, 0) => ExitCode::SUCCESS,
            (0, _) => ExitCode::from(1),
            _ => ExitCode::from(2),
        }
    }
}

/// A text in one line: an issuer or a partner that states a line feed must not forge a line of the report.
fn one_line(text: &str) -> String {
    printable(&text.replace('\n', "; "))
}
