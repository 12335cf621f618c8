//! The standards that this program checks, their checks, and the results of checks.

use std::time::{Duration, Instant};

use clap::ValueEnum;
use serde::Serialize;

use crate::target::Target;

/// A standard that this program checks. The variants are in the order of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Standard {
    /// Standard: GA4GH Service Info and Service Registry 1.0.
    ServiceRegistry,
    /// Standard: htsget 1.3.
    Htsget,
    /// Standard: Beacon 2.1.1.
    Beacon,
    /// Standard: DRS 1.5.
    Drs,
    /// Standard: GA4GH Passport and AAI 1.2.1, as a client sees them from outside.
    Passport,
    /// Standard: WES 1.1.
    Wes,
    /// Standard: HL7 FHIR R4 (4.0.1).
    Fhir,
}

impl Standard {
    /// All standards, in the order of the report.
    pub(crate) const ALL: [Self; 7] = [
        Self::ServiceRegistry,
        Self::Htsget,
        Self::Beacon,
        Self::Drs,
        Self::Passport,
        Self::Wes,
        Self::Fhir,
    ];

    /// The name of the standard with the checked version, for people.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::ServiceRegistry => "Service Info and Service Registry 1.0.0",
            Self::Htsget => "htsget 1.3.0",
            Self::Beacon => "Beacon 2.1.1",
            Self::Drs => "DRS 1.5.0",
            Self::Passport => "Passport and AAI 1.2.1",
            Self::Wes => "WES 1.1.0",
            Self::Fhir => "FHIR R4 (4.0.1)",
        }
    }

    /// The checks of the standard, in the order of the report.
    pub(crate) const fn checks(self) -> &'static [Check] {
        match self {
            Self::ServiceRegistry => crate::service_registry::CHECKS,
            Self::Htsget => crate::htsget::CHECKS,
            Self::Beacon => crate::beacon::CHECKS,
            Self::Drs => crate::drs::CHECKS,
            Self::Passport => crate::passport::CHECKS,
            Self::Wes => crate::wes::CHECKS,
            Self::Fhir => crate::fhir::CHECKS,
        }
    }
}

/// One check of a standard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Check {
    /// The id of the check, in kebab-case. If the check tests one operation, the id begins with the operationId in snake_case.
    pub(crate) id: &'static str,
    /// A sentence that is true if the check passes.
    pub(crate) title: &'static str,
    /// The specification on which the check is based, with version and section.
    pub(crate) reference: &'static str,
    /// A short description of the answer that a conforming server gives.
    pub(crate) expected: &'static str,
    /// The function that makes the check.
    pub(crate) run: fn(&Target) -> Finding,
}

/// The result of a check. If the check passes, a short description of the answer; otherwise the reason why it does not pass.
pub(crate) type Finding = Result<String, Stop>;

/// The reasons why a check does not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The check failed: the server does not conform. The text describes the answer.
    Fail(String),
    /// The check could not be made. The text states what is missing.
    Skip(String),
    /// The feature is optional in the specification, and the server does not have it. The text states how this was found.
    NotOffered(String),
}

/// The result of a failed check; `got` describes the answer.
pub(crate) fn fail<T>(got: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Fail(got.into()))
}

/// The result of a check that could not be made; `reason` states what is missing.
pub(crate) fn skip<T>(reason: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Skip(reason.into()))
}

/// The result of a check of an optional feature that the server does not have.
pub(crate) fn not_offered<T>(reason: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::NotOffered(reason.into()))
}

/// A check that was made, with its result, requests and duration.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) check: Check,
    pub(crate) finding: Finding,
    /// Method, path and query of each request that the check sent, without headers. A text such as `(access URL)` replaces a secret URL.
    pub(crate) sent: Vec<String>,
    pub(crate) took: Duration,
}

/// Makes one check and records its requests and duration.
pub(crate) fn make(check: Check, target: &Target) -> Made {
    let began = Instant::now();
    target.client.forget_sent();
    let finding = (check.run)(target);
    Made {
        check,
        finding,
        sent: target.client.sent(),
        took: began.elapsed(),
    }
}

/// Makes every check of a standard. If the server does not offer the standard, no request is sent, and every result is "not offered".
pub(crate) fn make_all(standard: Standard, target: &Target) -> Vec<Made> {
    let absent = target.absence(standard);
    let made = |check: &Check| match &absent {
        None => make(*check, target),
        Some(reason) => Made {
            check: *check,
            finding: not_offered(reason.clone()),
            sent: Vec::new(),
            took: Duration::ZERO,
        },
    };
    standard.checks().iter().map(made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_standard_has_its_checks_and_every_check_has_its_own_id() {
        let mut ids = Vec::new();
        for standard in Standard::ALL {
            let count = if standard == Standard::Beacon { 19 } else { 10 };
            assert_eq!(standard.checks().len(), count, "{standard:?}");
            ids.extend(standard.checks().iter().map(|check| (standard, check.id)));
        }
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        for (_, id) in ids {
            assert!(
                id.chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'),
                "{id}"
            );
        }
    }
}
