//! Parses the decision that a reviewer sends about an output.

use gemj_catalogue::OutputVerdict;
use serde::Deserialize;

/// The maximum length of a reviewer's reason, in characters.
const MAX_REASON_CHARACTERS: usize = 2000;

/// A reviewer's verdict on an output of a run, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The verdict: release or reject.
    pub verdict: OutputVerdict,
    /// The reason for the verdict. The run's owner can read it.
    pub reason: String,
}

/// Why a reviewer's decision is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecisionFault {
    /// The body of the request is not the expected JSON.
    #[error("{{\"verdict\": \"release\" or \"reject\", \"reason\": text}} is expected")]
    Shape,
    /// The reviewer's reason is empty, too long, or contains a control character other than a line break or a tab.
    #[error("a reason of 1 to {MAX_REASON_CHARACTERS} characters is expected")]
    Reason,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    verdict: Verdict,
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Release,
    Reject,
}

impl Decision {
    /// Parses a reviewer's decision from JSON.
    ///
    /// # Errors
    /// [`DecisionFault`].
    pub fn parse(body: &[u8]) -> Result<Self, DecisionFault> {
        let sent: Sent = serde_json::from_slice(body).map_err(|_| DecisionFault::Shape)?;
        let reason = sent.reason.trim();
        let storable = reason.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t'));
        if reason.is_empty() || reason.chars().count() > MAX_REASON_CHARACTERS || !storable {
            return Err(DecisionFault::Reason);
        }
        Ok(Self {
            verdict: match sent.verdict {
                Verdict::Release => OutputVerdict::Release,
                Verdict::Reject => OutputVerdict::Reject,
            },
            reason: reason.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_decision_requires_a_verdict_and_a_reason_and_rejects_other_members() {
        let release = Decision::parse(br#"{"verdict": "release", "reason": " one number \n"}"#).unwrap();
        assert_eq!((release.verdict, release.reason.as_str()), (OutputVerdict::Release, "one number"));
        let long = format!(r#"{{"verdict": "reject", "reason": "{}"}}"#, "x".repeat(2001));
        for (body, fault) in [
            ("", DecisionFault::Shape),
            ("[]", DecisionFault::Shape),
            (r#"{"verdict": "release"}"#, DecisionFault::Shape),
            (r#"{"verdict": "Release", "reason": "x"}"#, DecisionFault::Shape),
            (r#"{"verdict": "release", "reason": "x", "reviewer": "me"}"#, DecisionFault::Shape),
            (r#"{"verdict": "release", "reason": "  "}"#, DecisionFault::Reason),
            (r#"{"verdict": "release", "reason": "a\u0000b"}"#, DecisionFault::Reason),
            (&long, DecisionFault::Reason),
        ] {
            assert_eq!(Decision::parse(body.as_bytes()), Err(fault), "{body}");
        }
    }
}
