//! The report of all checks, as JSON and as text for a terminal. The report contains no token: if a server repeats a token, the token is replaced.

use std::fmt::Write as _;

use serde::Serialize;

use crate::check::{Made, Standard, Stop};
use crate::target::Tokens;

/// The report: the results of all checks and their totals.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    tool: &'static str,
    tool_version: &'static str,
    /// The URL of the deployment, without credentials and query.
    target: String,
    /// The start of the checks, as RFC 3339 in UTC.
    started_at: String,
    duration_ms: u64,
    with_official_schemas: bool,
    totals: Totals,
    standards: Vec<Group>,
}

/// The number of checks by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Totals {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
    pub(crate) not_offered: usize,
}

#[derive(Debug, Serialize)]
struct Group {
    standard: Standard,
    title: &'static str,
    /// The base URL at which the standard was checked, without query.
    base: String,
    totals: Totals,
    checks: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    id: &'static str,
    title: &'static str,
    reference: &'static str,
    sent: Vec<String>,
    expected: &'static str,
    outcome: Outcome,
    /// A short description of the answer. For a check that was not made, the reason.
    got: String,
    duration_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Pass,
    Fail,
    Skipped,
    NotOffered,
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "FAIL",
            Self::Skipped => "skipped",
            Self::NotOffered => "not offered",
        }
    }
}

impl Totals {
    fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Pass => self.passed += 1,
            Outcome::Fail => self.failed += 1,
            Outcome::Skipped => self.skipped += 1,
            Outcome::NotOffered => self.not_offered += 1,
        }
    }

    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.not_offered += other.not_offered;
    }

    fn sentence(self) -> String {
        let Self {
            passed,
            failed,
            skipped,
            not_offered,
        } = self;
        format!("{passed} passed, {failed} failed, {skipped} skipped, {not_offered} not offered")
    }
}

/// The text that replaces a secret in the report.
const STRUCK: &str = "(not shown)";

/// Replaces the caller's tokens and the patient's identifier in texts of the report.
#[derive(Debug)]
pub(crate) struct Censor(Vec<String>);

impl Censor {
    /// Makes a censor for the caller's tokens, for the parts of tokens between dots if they have 16 bytes or more, and for the patient's
    /// identifier and its value without the system.
    pub(crate) fn new(tokens: &Tokens, patient_identifier: Option<&str>) -> Self {
        let mut secrets = Vec::new();
        for token in tokens.all() {
            secrets.push(token.reveal().to_owned());
            secrets.extend(token.reveal().split('.').filter(|part| part.len() >= 16).map(str::to_owned));
        }
        if let Some(identifier) = patient_identifier {
            secrets.push(identifier.to_owned());
            // A value of fewer than four characters is not replaced, because it would also replace ordinary words and numbers.
            let value = identifier.rsplit('|').next().filter(|value| value.len() >= 4);
            secrets.extend(value.map(str::to_owned));
        }
        secrets.retain(|secret| !secret.is_empty());
        Self(secrets)
    }

    fn strike(&self, text: &str) -> String {
        let struck = self
            .0
            .iter()
            .fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), STRUCK));
        // A server may quote only a part of a token. Every word that contains the beginning of a JWT is therefore replaced from that beginning on.
        let mut words = Vec::new();
        for word in struck.split(' ') {
            words.push(
                word.find("eyJ")
                    .map_or_else(|| word.to_owned(), |at| format!("{}{STRUCK}", &word[..at])),
            );
        }
        words.join(" ")
    }
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn without_query(url: &url::Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // The two calls fail only for URLs that cannot contain credentials.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

impl Report {
    /// Begins a report without results.
    pub(crate) fn begin(target: &url::Url, with_official_schemas: bool) -> Self {
        Self {
            tool: env!("CARGO_PKG_NAME"),
            tool_version: env!("CARGO_PKG_VERSION"),
            target: without_query(target),
            started_at: jiff::Timestamp::now().to_string(),
            duration_ms: 0,
            with_official_schemas,
            totals: Totals::default(),
            standards: Vec::new(),
        }
    }

    /// Adds the results of a standard's checks. The censor removes secrets from their texts.
    pub(crate) fn add(&mut self, standard: Standard, base: &url::Url, made: Vec<Made>, censor: &Censor) {
        let mut totals = Totals::default();
        let mut checks = Vec::new();
        for made in made {
            let (outcome, got) = match &made.finding {
                Ok(got) => (Outcome::Pass, got),
                Err(Stop::Fail(got)) => (Outcome::Fail, got),
                Err(Stop::Skip(reason)) => (Outcome::Skipped, reason),
                Err(Stop::NotOffered(reason)) => (Outcome::NotOffered, reason),
            };
            totals.count(outcome);
            self.duration_ms += milliseconds(made.took);
            checks.push(Line {
                id: made.check.id,
                title: made.check.title,
                reference: made.check.reference,
                sent: made.sent.iter().map(|line| censor.strike(line)).collect(),
                expected: made.check.expected,
                outcome,
                got: censor.strike(got),
                duration_ms: milliseconds(made.took),
            });
        }
        self.totals.add(totals);
        self.standards.push(Group {
            standard,
            title: standard.title(),
            base: without_query(base),
            totals,
            checks,
        });
    }

    /// The number of all checks by outcome.
    pub(crate) const fn totals(&self) -> Totals {
        self.totals
    }

    /// The report as JSON, for programs.
    pub(crate) fn json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// The report as text, for people, with one line for each check. A failed check also shows the expected answer and the specification.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{} {} of {}, {}\n", self.tool, self.tool_version, self.target, self.started_at);
        for group in &self.standards {
            let _ = writeln!(text, "\n{}  {}", group.title, group.base);
            for check in &group.checks {
                let _ = writeln!(text, "  {:<11}  {}: {}", check.outcome.word(), check.id, check.got);
                if check.outcome == Outcome::Fail {
                    let _ = writeln!(
                        text,
                        "               expected: {}\n               binding: {}",
                        check.expected, check.reference
                    );
                }
            }
            let _ = writeln!(text, "  {}", group.totals.sentence());
        }
        let _ = writeln!(text, "\n{}", self.totals.sentence());
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Token;

    #[test]
    fn a_token_that_a_server_echoes_is_replaced() {
        let tokens = Tokens {
            own: Some(Token::new(
                "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzZWNyZXQifQ.c2lnbmF0dXJlLXRoYXQtaXMtbG9uZw",
            )),
            fhir: Some(Token::new("opaque-fhir-token")),
            ..Tokens::default()
        };
        let censor = Censor::new(&tokens, Some("urn:oid:1.2|0000123456"));
        for echoed in [
            "400: c2lnbmF0dXJlLXRoYXQtaXMtbG9uZw is bad",
            "token eyJhbGciOiJub25lIn0.eyJzdWIiO",
            "x=opaque-fhir-token.",
            "404: no patient 0000123456",
        ] {
            let struck = censor.strike(echoed);
            assert!(
                struck.contains(STRUCK)
                    && !struck.contains("c2ln")
                    && !struck.contains("eyJ")
                    && !struck.contains("opaque")
                    && !struck.contains("3456"),
                "{struck}"
            );
        }
        assert_eq!(censor.strike("404: no such object"), "404: no such object");
    }
}
