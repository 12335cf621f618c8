//! Records the statements of one request. Each statement is decided and committed by itself.

use actix_web::HttpRequest;
use gemj_access::{LocatedPatient, Mandate, WriteAction, WriteResource};
use gemj_catalogue::{IntakeOutcome, NewAlarm, NewReceipt, NewReceiptItem, StoredReceipt};
use gemj_model::{SiteId, SiteNumber};
use gemj_services::consent_portal::{PortalFault, PortalItem, PortalParticipant, PortalStatement, read, request_digests};
use gemj_services::consent_sheet::blocking_statement;
use gemj_services::linkage::number_digests;

use super::about;
use super::key::{self, Condition};
use crate::http::flow::{Refusal, look_up, permit_write};
use crate::http::gateway::Gateway;
use crate::http::problem::ProblemFailure;
use crate::http::request_caller::RequestCaller;

/// The kind of the alarm about a withdrawal that could not be read and blocks its participant.
const UNCLEAR: &str = "consent-withdrawal-unclear";

/// The kind of the alarm about a possible withdrawal whose participant is not known. It blocks nobody.
const UNIDENTIFIED: &str = "consent-withdrawal-unidentified";

/// One request of a portal.
pub(super) struct Intake<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) caller: &'a RequestCaller,
    pub(super) site: &'a SiteId,
    /// The mandate for the site itself, without a participant.
    pub(super) mandate: &'a Mandate,
}

/// The hospital for which the caller files statements, and the mandate for it. A caller of several hospitals names one by the query parameter `site`.
pub(super) async fn filing_site(
    gateway: &Gateway,
    caller: &RequestCaller,
    request: &HttpRequest,
) -> Result<(SiteId, Mandate), ProblemFailure> {
    let own = caller.filing_hospitals();
    let named = request.query_string().split('&').find_map(|part| part.strip_prefix("site="));
    let site = match (named, &own[..]) {
        (Some(named), _) => named,
        (None, [one]) => one,
        (None, [_, _, ..]) => {
            return Err(ProblemFailure::invalid(
                "the query parameter site is expected: the hospital of the statements",
            ));
        }
        (None, []) => "",
    };
    let Ok(site) = SiteId::parse(site) else {
        // The caller acts for no hospital. The refusal is decided and recorded like every other refusal.
        permit_write(gateway, caller, WriteAction::RecordConsent, WriteResource::Patient(None), about()).await?;
        return Err(ProblemFailure::invalid("the query parameter site is not the id of a hospital"));
    };
    let resource = WriteResource::Site(&site);
    let mandate = permit_write(gateway, caller, WriteAction::RecordConsent, resource, about()).await?;
    Ok((site, mandate))
}

impl Intake<'_> {
    /// Records the statements of a request and returns its receipt, after the last commit. If the request was received before, only the items that are not
    /// committed yet are processed.
    pub(super) async fn take(
        &self,
        request: &HttpRequest,
        body: &[u8],
        items: Vec<Vec<u8>>,
    ) -> Result<(StoredReceipt, Option<Condition>), ProblemFailure> {
        let (gateway, catalogue) = (self.gateway, &self.gateway.stores.catalogue);
        let begin = async |request_key: &str| {
            let (request_key, content) = request_digests(&gateway.key, self.mandate.actor(), request_key, body);
            let new = NewReceipt {
                id: &gateway.entropy.id(),
                site: self.site,
                request_key: &request_key,
                content: &content,
                received: gateway.clock.now(),
                item_count: items.len() as u64,
            };
            catalogue.begin_consent_receipt(self.mandate, new).await.map_err(Refusal::Store)
        };
        let (begun, condition) = match key::of(request) {
            Some(stated) => {
                let begun = begin(&format!("stated {stated}")).await?;
                match begun.is_same_content {
                    true => (begun, None),
                    false => (begin(&gateway.entropy.id()).await?, Some(Condition::Reused)),
                }
            }
            None => (begin(&gateway.entropy.id()).await?, Some(Condition::Missing)),
        };
        for (position, item) in (0..).zip(&items) {
            if !begun.done.contains(&position) {
                self.one(&begun.id, position, item, condition).await?;
            }
        }
        gateway.keep_consents_outside().await;
        let stored = catalogue
            .own_consent_receipt(self.mandate, &begun.id)
            .await
            .map_err(Refusal::Store)?;
        let stored = stored.ok_or(Refusal::Store(gemj_catalogue::CatalogueError::Corrupt { what: "consent receipt" }))?;
        Ok((stored, condition))
    }

    /// Raises the alarm about a list that cannot be split into statements. Every statement of the list could be a withdrawal.
    pub(super) async fn raise_unreadable_list(&self) -> Result<(), ProblemFailure> {
        let text = "the portal sent a list of consent statements that cannot be read; it can contain withdrawals";
        let (catalogue, alarm) = (&self.gateway.stores.catalogue, self.alarm(UNIDENTIFIED, text.to_owned()));
        let raised = catalogue.raise_alarm(self.mandate, &alarm, self.gateway.clock.now()).await;
        raised.map_err(Refusal::Store)?;
        Ok(())
    }

    /// Records one statement.
    async fn one(&self, receipt: &str, position: u64, bytes: &[u8], condition: Option<Condition>) -> Result<(), ProblemFailure> {
        let now = self.gateway.clock.now();
        match read(bytes, &self.gateway.fhir.forms, now) {
            PortalItem::Refused(fault) => self.refuse(receipt, position, fault, false).await,
            PortalItem::Statement(statement) => self.statement(receipt, position, *statement, condition).await,
            PortalItem::Unclear { participant, fault } => match self.found(participant.as_ref()).await? {
                Some((located, mandate)) => {
                    let text = format!("the portal sent a withdrawal that cannot be read; receipt {receipt}, item {position}");
                    let item = NewReceiptItem {
                        receipt,
                        position,
                        outcome: IntakeOutcome::BlockedUnclear,
                        reason: fault.code(),
                        event: Some((located.participant, blocking_statement(now))),
                        scan_sha256: None,
                        relation: None,
                        alarm: Some(self.alarm(UNCLEAR, text)),
                    };
                    self.commit(&mandate, item).await
                }
                None => self.refuse(receipt, position, fault, true).await,
            },
        }
    }

    async fn statement(
        &self,
        receipt: &str,
        position: u64,
        statement: PortalStatement,
        condition: Option<Condition>,
    ) -> Result<(), ProblemFailure> {
        let narrows = statement.event.kind.only_narrows();
        if let Some(condition) = condition.filter(|_| !narrows) {
            return self.refuse(receipt, position, condition.fault(), false).await;
        }
        let Some((located, mandate)) = self.found(Some(&statement.participant)).await? else {
            return self.refuse(receipt, position, PortalFault::NotFound, narrows).await;
        };
        let item = NewReceiptItem {
            receipt,
            position,
            outcome: IntakeOutcome::Recorded,
            reason: "",
            event: Some((located.participant, statement.event)),
            scan_sha256: statement.scan_sha256.as_deref(),
            relation: statement.relation.as_deref(),
            alarm: None,
        };
        self.commit(&mandate, item).await
    }

    /// Commits a refused item. A refused item that could be a withdrawal raises an alarm, because the participant's data can still be served.
    async fn refuse(&self, receipt: &str, position: u64, fault: PortalFault, may_withdraw: bool) -> Result<(), ProblemFailure> {
        let text = || {
            format!(
                "the portal sent a withdrawal that blocks no participant ({}); receipt {receipt}, item {position}",
                fault.code()
            )
        };
        let item = NewReceiptItem {
            receipt,
            position,
            outcome: IntakeOutcome::Refused,
            reason: fault.code(),
            event: None,
            scan_sha256: None,
            relation: None,
            alarm: may_withdraw.then(|| self.alarm(UNIDENTIFIED, text())),
        };
        self.commit(self.mandate, item).await
    }

    async fn commit(&self, mandate: &Mandate, item: NewReceiptItem<'_>) -> Result<(), ProblemFailure> {
        let committed = self
            .gateway
            .stores
            .catalogue
            .commit_receipt_item(mandate, item, self.gateway.clock.now())
            .await;
        Ok(committed.map_err(Refusal::Store)?)
    }

    /// The participant with the mandate to record the participant's consent. Absent for an unknown participant and for one of another hospital, so that both
    /// get the same outcome.
    async fn found(&self, named: Option<&PortalParticipant>) -> Result<Option<(LocatedPatient, Mandate)>, ProblemFailure> {
        let located = match named {
            None => return Ok(None),
            Some(named) => self.locate(named).await?,
        };
        let located = located.filter(|patient| patient.site.as_ref() == Some(self.site));
        let resource = WriteResource::Patient(located.as_ref());
        match permit_write(self.gateway, self.caller, WriteAction::RecordConsent, resource, about()).await {
            Ok(mandate) => Ok(located.map(|patient| (patient, mandate))),
            Err(Refusal::Denied(_)) => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    }

    async fn locate(&self, named: &PortalParticipant) -> Result<Option<LocatedPatient>, Refusal> {
        let catalogue = &self.gateway.stores.catalogue;
        match named {
            PortalParticipant::Patient(id) => look_up(catalogue.locate_fhir_patient(id)).await,
            // The database cannot store a NUL character, so no link has such a namespace.
            PortalParticipant::Number { namespace, .. } if namespace.contains('\0') => Ok(None),
            PortalParticipant::Number { namespace, number } => {
                let of_site = SiteNumber {
                    site: self.site,
                    namespace,
                    number,
                };
                let digests = number_digests(&self.gateway.key, of_site);
                look_up(catalogue.locate_number(self.site, namespace, &digests)).await
            }
        }
    }

    fn alarm(&self, kind: &str, text: String) -> NewAlarm {
        NewAlarm {
            kind: kind.to_owned(),
            site: Some(self.site.clone()),
            text,
        }
    }
}
