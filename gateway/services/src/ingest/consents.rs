//! Writes the consent statements of feeds to the ledger, with the rules of a consent sheet.

use gemj_access::{CapabilityKey, Mandate};
use gemj_adapters::Target;
use gemj_catalogue::{Catalogue, CatalogueError, NewAlarm, NewConsent, NewFeedConsent};
use gemj_model::feed_consent::{FeedConsent, FeedConsentState};
use gemj_model::{Clause, ClauseSet, ConsentForm, ConsentKind, Ground, Timestamp};

use crate::consent_sheet::{event, is_withdrawal, unclear_withdrawal};
use crate::linkage::{keyed_digest, unit_name};

/// The kind of the alarm about a withdrawal that could not be read and blocks its participant.
const UNCLEAR: &str = "consent-withdrawal-unclear";

/// The kind of the alarm about a possible withdrawal whose participant is not known. It blocks nobody.
const UNIDENTIFIED: &str = "consent-withdrawal-unidentified";

/// The kind of the alarm about records that state a part of a consent only.
const INCOMPLETE: &str = "consent-incomplete";

/// The kind of the alarm about a deleted record that stated a consent before.
const DELETED: &str = "consent-record-deleted";

/// The receiver of the consent statements of one run.
pub(super) struct ConsentIntake {
    pub(super) catalogue: Catalogue,
    pub(super) key: CapabilityKey,
    /// The key for writes: the action `RecordConsent`.
    pub(super) mandate: Mandate,
    pub(super) forms: Vec<ConsentForm>,
    pub(super) target: Target,
}

/// The meaning of a statement for the ledger.
enum Meaning {
    Event(NewConsent),
    Unclear,
    Refused(&'static str),
}

impl ConsentIntake {
    /// Records one statement. A statement that was recorded before is not recorded again.
    pub(super) async fn record(&self, said: &FeedConsent, now: Timestamp) -> Result<(), CatalogueError> {
        let unit = unit_name(&self.key, &said.unit);
        if said.state == FeedConsentState::Unread {
            let text = format!("a unit of a feed that can state a withdrawal could not be read; unit {unit}");
            return self.raise(UNIDENTIFIED, text, now).await;
        }
        let meaning = self.meaning(said, now);
        let Some(participant) = &said.participant else {
            let withdraws = match &meaning {
                Meaning::Event(event) => event.kind.only_narrows(),
                Meaning::Unclear => true,
                Meaning::Refused(_) => false,
            };
            if withdraws {
                let text = format!("a feed has a withdrawal that blocks no participant; unit {unit}");
                self.raise(UNIDENTIFIED, text, now).await?;
            }
            return Ok(());
        };
        let (event, alarm) = match meaning {
            Meaning::Event(event) => (event, None),
            Meaning::Unclear => {
                let text = format!("a feed has a withdrawal that cannot be read; unit {unit}");
                (unclear_withdrawal(participant.clone(), now), Some(self.alarm(UNCLEAR, text)))
            }
            Meaning::Refused(why) => {
                return self
                    .raise(INCOMPLETE, format!("records of a feed are no consent: {why}"), now)
                    .await;
            }
        };
        // An unclear statement with other words is the same unclear statement, until another state was recorded between them.
        let content = match alarm {
            Some(_) => "unclear".to_owned(),
            None => said.state.canonical(),
        };
        let new = NewFeedConsent {
            unit: &unit,
            rule: &said.rule,
            digest: &keyed_digest(&self.key, "feed-consent-1", &[participant.as_str(), &content]),
            event,
            alarm,
        };
        self.catalogue.record_feed_consent(&self.mandate, new, now).await?;
        Ok(())
    }

    /// Raises an alarm if a unit that stated a consent before was deleted in the capture system. A deletion is no withdrawal: a duplicate record can be
    /// deleted. It can also hide one, so a person must check it.
    pub(super) async fn deleted(&self, unit: &str, now: Timestamp) -> Result<(), CatalogueError> {
        let unit = unit_name(&self.key, unit);
        if self.catalogue.has_feed_consent(&self.mandate, &unit).await? {
            let text = format!("a record with a consent was deleted in the capture system; unit {unit}");
            self.raise(DELETED, text, now).await?;
        }
        Ok(())
    }

    fn meaning(&self, said: &FeedConsent, now: Timestamp) -> Meaning {
        let says_withdrawal = said.texts.iter().any(|text| is_withdrawal(text.as_bytes()));
        let read = match &said.state {
            FeedConsentState::Unclear | FeedConsentState::Unread => return Meaning::Unclear,
            FeedConsentState::Incomplete { .. } => Err("the form, the signing date or the answers are missing"),
            FeedConsentState::Given {
                form,
                clauses,
                signed,
                by_proxy,
            } => {
                let kind = if *by_proxy { ConsentKind::ProxyGiven } else { ConsentKind::Given };
                self.given([form.as_str(), kind.as_str(), signed], *clauses, now)
            }
            // The withdrawal itself counts, whatever the other texts of the record contain.
            FeedConsentState::Withdrawn { clauses, at } => return withdrawn(said, *clauses, at.as_deref(), now),
        };
        match read {
            _ if says_withdrawal => Meaning::Unclear,
            Ok(event) => Meaning::Event(NewConsent {
                participant: said.participant.clone().unwrap_or(event.participant.clone()),
                ..event
            }),
            Err(why) => Meaning::Refused(why),
        }
    }

    fn given(&self, [form, kind, signed]: [&str; 3], clauses: ClauseSet, now: Timestamp) -> Result<NewConsent, &'static str> {
        let names = clauses.iter().map(Clause::as_str).collect::<Vec<_>>().join(";");
        let read = event(["participant", form, kind, &names, signed], (None, None), &self.forms, now);
        match read {
            Ok(event) if event.effective > now => Err("the signing date is in the future"),
            Ok(event) => Ok(event),
            Err(_) => Err("the form, a clause of the form or the signing date is not known"),
        }
    }

    fn alarm(&self, kind: &str, text: String) -> NewAlarm {
        NewAlarm {
            kind: kind.to_owned(),
            site: Some(self.target.site().clone()),
            text,
        }
    }

    async fn raise(&self, kind: &str, text: String, now: Timestamp) -> Result<(), CatalogueError> {
        self.catalogue.raise_alarm(&self.mandate, &self.alarm(kind, text), now).await?;
        Ok(())
    }
}

/// The event of a withdrawal. A withdrawal with a date that cannot be read is unclear, because the date can show that another record was meant.
fn withdrawn(said: &FeedConsent, clauses: ClauseSet, at: Option<&str>, now: Timestamp) -> Meaning {
    let effective = match at.map(Timestamp::parse) {
        None => now,
        Some(Ok(at)) => at.min(now),
        Some(Err(_)) => return Meaning::Unclear,
    };
    let Some(participant) = said.participant.clone() else {
        return Meaning::Unclear;
    };
    Meaning::Event(NewConsent {
        participant,
        kind: if clauses.is_empty() {
            ConsentKind::Withdrawn
        } else {
            ConsentKind::WithdrawnPartial
        },
        form: None,
        clauses,
        effective,
        ground: Ground::Consent,
        corrects: None,
    })
}
