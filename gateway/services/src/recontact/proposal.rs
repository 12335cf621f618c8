//! `POST /recontact/requests`: a researcher's proposal to contact participants again.

use gemj_catalogue::{NewRecontact, RecontactReason};
use gemj_model::{Allele, Assembly, Contig, DatasetId, OneBased, Timestamp, ZeroBased};
use serde_json::{Map, Value};

/// The maximum size of a proposal's body, in bytes.
pub const MAX_BODY_BYTES: usize = 16 * 1024;
/// The maximum length of the message to the hospitals, in characters.
const MAX_MESSAGE_CHARS: usize = 500;
/// The maximum length of an allele, in bases.
const MAX_BASES: usize = 1_000;
/// The maximum number of days in which hospitals can answer.
const MAX_DAYS: u64 = 365;

/// A parsed proposal. Whether the caller may propose a recontact is not decided yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The dataset whose participants are proposed for recontact.
    pub dataset: DatasetId,
    assembly: Assembly,
    allele: Allele,
    reason: RecontactReason,
    message: String,
    deadline_days: u16,
}

/// Why a body is not a valid proposal. The text is public and repeats no value of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProposalError {
    /// The body is not a JSON object.
    #[error("a JSON object is expected")]
    NotAnObject,
    /// The body has an unknown member. A proposal has no free fields in addition to its message.
    #[error("only dataset, assembly, referenceName, start, referenceBases, alternateBases, reason, message and deadline_days are expected")]
    UnknownMember,
    /// A member of the body is absent or has the wrong type or value.
    #[error("{member}: {expected}")]
    Member {
        /// The name of the member.
        member: &'static str,
        /// The value that the member must have.
        expected: &'static str,
    },
}

impl Proposal {
    /// Parses the body of a proposal.
    ///
    /// # Errors
    /// [`ProposalError`].
    pub fn parse(body: &[u8]) -> Result<Self, ProposalError> {
        let Ok(Value::Object(mut members)) = serde_json::from_slice::<Value>(body) else {
            return Err(ProposalError::NotAnObject);
        };
        let dataset = text(&mut members, "dataset", "the id of a dataset")?;
        let dataset = DatasetId::parse(&dataset).map_err(|_| wrong("dataset", "the id of a dataset"))?;
        let assembly = text(&mut members, "assembly", "GRCh38 or GRCh37")?;
        let assembly = Assembly::parse(&assembly).map_err(|_| wrong("assembly", "GRCh38 or GRCh37"))?;
        let allele = allele(&mut members)?;
        let expected = "return-of-finding, re-phenotyping, trial-offer or re-consent";
        let reason = text(&mut members, "reason", expected)?;
        let reason = RecontactReason::parse(&reason).ok_or(wrong("reason", expected))?;
        let expected = "a short text without control characters, at most 500 characters";
        let message = text(&mut members, "message", expected)?.trim().to_owned();
        if message.is_empty() || message.chars().count() > MAX_MESSAGE_CHARS || message.chars().any(char::is_control) {
            return Err(wrong("message", expected));
        }
        let days = members.remove("deadline_days").and_then(|v| v.as_u64());
        let days = days.filter(|days| (1..=MAX_DAYS).contains(days));
        let deadline_days = days.and_then(|d| u16::try_from(d).ok());
        let deadline_days = deadline_days.ok_or(wrong("deadline_days", "a whole number from 1 to 365"))?;
        if !members.is_empty() {
            return Err(ProposalError::UnknownMember);
        }
        Ok(Self {
            dataset,
            assembly,
            allele,
            reason,
            message,
            deadline_days,
        })
    }

    /// The recontact request that this proposal makes at `now`. The deadline is counted from `now`.
    #[must_use]
    pub fn made(self, now: Timestamp) -> NewRecontact {
        NewRecontact {
            dataset: self.dataset,
            assembly: self.assembly,
            allele: self.allele,
            reason: self.reason,
            message: self.message,
            created: now,
            deadline: now.plus_seconds(i64::from(self.deadline_days) * 86_400),
        }
    }
}

/// Parses the allele of a proposal into its minimal form. The bases may be anchored, as in VCF, or trimmed, as in Beacon.
fn allele(members: &mut Map<String, Value>) -> Result<Allele, ProposalError> {
    let name = text(members, "referenceName", "the name of a chromosome")?;
    let known = !name.is_empty() && name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-*:".contains(&b));
    if !known {
        return Err(wrong("referenceName", "the name of a chromosome"));
    }
    let start = members.remove("start").and_then(|v| v.as_u64()).filter(|s| *s < 1 << 32);
    let start = start.ok_or(wrong("start", "a 0-based position"))?;
    let reference = bases(members, "referenceBases")?;
    let alternate = bases(members, "alternateBases")?;
    let contig = Contig(name).canonical();
    if reference.is_empty() != alternate.is_empty() {
        return Ok(Allele {
            contig,
            start: ZeroBased(start),
            end: ZeroBased(start + reference.len() as u64),
            reference,
            alternate,
            inserted: None,
        });
    }
    Allele::from_vcf(&contig, OneBased(start + 1), &reference, &alternate, None)
        .map_err(|_| wrong("alternateBases", "bases that differ from the reference's"))
}

fn bases(members: &mut Map<String, Value>, member: &'static str) -> Result<String, ProposalError> {
    const EXPECTED: &str = "bases of A, C, G and T, at most 1000, or an empty text";
    let text = text(members, member, EXPECTED)?.to_ascii_uppercase();
    if text.len() > MAX_BASES || !text.bytes().all(|b| b"ACGT".contains(&b)) {
        return Err(wrong(member, EXPECTED));
    }
    Ok(text)
}

fn text(members: &mut Map<String, Value>, member: &'static str, expected: &'static str) -> Result<String, ProposalError> {
    match members.remove(member) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(wrong(member, expected)),
    }
}

fn wrong(member: &'static str, expected: &'static str) -> ProposalError {
    ProposalError::Member { member, expected }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn body() -> Value {
        json!({"dataset": "cancer", "assembly": "GRCh38", "referenceName": "chr17", "start": 43_044_294, "referenceBases": "GA",
               "alternateBases": "G", "reason": "return-of-finding", "message": "A finding was confirmed.", "deadline_days": 30})
    }

    #[test]
    fn an_anchored_and_a_trimmed_deletion_parse_to_the_same_allele() {
        let anchored = Proposal::parse(body().to_string().as_bytes()).unwrap();
        let mut trimmed = body();
        trimmed["start"] = json!(43_044_295);
        trimmed["referenceBases"] = json!("A");
        trimmed["alternateBases"] = json!("");
        assert_eq!(Proposal::parse(trimmed.to_string().as_bytes()).unwrap(), anchored);
        let made = anchored.made(Timestamp(0));
        assert_eq!(
            (made.allele.contig.as_str(), made.allele.start.0, made.allele.end.0),
            ("17", 43_044_295, 43_044_296)
        );
        assert_eq!(made.deadline, Timestamp(30 * 86_400 * 1_000_000));
    }

    #[test]
    fn a_missing_wrong_or_unknown_member_is_rejected() {
        for name in body().as_object().unwrap().keys() {
            let mut without = body();
            without.as_object_mut().unwrap().remove(name);
            assert!(Proposal::parse(without.to_string().as_bytes()).is_err(), "{name}");
            for value in [json!(null), json!([]), json!(-1), json!("\u{7}"), json!(1.5), json!({})] {
                let mut wrong = body();
                wrong[name] = value.clone();
                assert!(Proposal::parse(wrong.to_string().as_bytes()).is_err(), "{name}: {value}");
            }
        }
        let mut more = body();
        more["note"] = json!("x");
        assert_eq!(Proposal::parse(more.to_string().as_bytes()), Err(ProposalError::UnknownMember));
        for (name, value) in [
            ("deadline_days", json!(0)),
            ("deadline_days", json!(366)),
            ("message", json!("a".repeat(501))),
            ("reason", json!("Trial-Offer")),
            ("alternateBases", json!("<DEL>")),
            ("alternateBases", json!("GA")),
            ("referenceName", json!("chr1\n")),
            ("start", json!(1_u64 << 40)),
        ] {
            let mut wrong = body();
            wrong[name] = value.clone();
            assert!(Proposal::parse(wrong.to_string().as_bytes()).is_err(), "{name}: {value}");
        }
        for text in ["", "{", "null", "[]", "{} {}"] {
            assert_eq!(Proposal::parse(text.as_bytes()), Err(ProposalError::NotAnObject));
        }
    }

    proptest! {
        #[test]
        fn mutated_bytes_never_panic(position in 0_usize..200, byte: u8) {
            let mut bytes = body().to_string().into_bytes();
            let at = position % bytes.len();
            bytes[at] = byte;
            let _ = Proposal::parse(&bytes);
        }
    }
}
