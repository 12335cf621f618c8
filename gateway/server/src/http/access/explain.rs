//! The explanation of access: the datasets that the caller's passports open, and the reasons why the other datasets are closed. Nothing is read
//! from the datasets.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use gemj_access::explain::{Cause, DatasetExplanation, Explanation, Obstacle, Reason, explain};
use gemj_access::{DecisionId, Language, Policy, VisaVerdict};
use gemj_catalogue::audit::{AuditEntry, AuditResource, Verdict};
use gemj_model::{ApprovedRegion, Purpose};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::body;
use crate::http::flow::Refusal;
use crate::http::gateway::Gateway;
use crate::http::problem::ProblemFailure;
use crate::http::request_caller::RequestCaller;
use crate::http::trail::record;
use crate::http::{credentials, declaration};

/// Maximum size of the body of `POST /access/v1/explain`, in bytes. Up to eight passports may be sent; together they must fit.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The body of `POST /access/v1/explain`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    passports: Vec<String>,
    #[serde(default)]
    approval: Option<String>,
    #[serde(default)]
    purpose: Option<String>,
}

/// `GET /access/v1/explain`
pub(crate) async fn get_explain(gateway: web::Data<Gateway>, request: HttpRequest) -> Result<HttpResponse, ProblemFailure> {
    let asker = credentials::caller(&gateway, &request).await?;
    answer(&gateway, &asker).await
}

/// `POST /access/v1/explain`
pub(crate) async fn post_explain(
    gateway: web::Data<Gateway>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ProblemFailure> {
    let body = body::read(body, MAX_BODY_BYTES).await?;
    let expected = || {
        let text = "a JSON object with passports (a list of strings), and optionally approval and purpose, is expected";
        ProblemFailure::invalid(text)
    };
    // Without this check, serde would accept an array as body and read the array's elements as the members.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(expected());
    }
    let asked: Asked = serde_json::from_slice(&body).map_err(|_| expected())?;
    let declared = declaration::of(asked.approval.as_deref(), asked.purpose.as_deref()).map_err(Refusal::from)?;
    let asker = credentials::caller_with(&gateway, &request, &asked.passports, declared).await?;
    answer(&gateway, &asker).await
}

async fn answer(gateway: &Gateway, asker: &RequestCaller) -> Result<HttpResponse, ProblemFailure> {
    let current = gateway.watch.current().await.map_err(Refusal::Store)?;
    let explained = explain(asker, Some(&asker.declared), &gateway.policy, &current.view, gateway.clock.now());
    // The explanation opens no data, so the answer does not wait for its audit row. The audit trail records the request.
    let entry = AuditEntry {
        decision: DecisionId(gateway.entropy.draw()).to_string(),
        actor: asker.pseudonym.clone(),
        action: "explain".to_owned(),
        resource: AuditResource::None,
        verdict: Verdict::Allow,
        rule: String::new(),
        approvals: Vec::new(),
        visas: asker.visas.clone(),
        epoch: Some(current.view.epoch()),
        rows: None,
        bytes: None,
    };
    drop(record(gateway, asker, entry, Vec::new())?);
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .append_header((header::VARY, "Authorization, Accept-Language"))
        .json(told(&explained, &gateway.policy, asker.language)))
}

fn told(explained: &Explanation, policy: &Policy, language: Language) -> Value {
    let datasets = explained.datasets.iter().filter(|dataset| may_be_named(dataset, policy));
    json!({
        "datasets": datasets.map(|dataset| dataset_told(dataset, language)).collect::<Vec<_>>(),
        "visas": explained.visas.iter().map(visa_told).collect::<Vec<_>>(),
    })
}

/// The result of the check of one visa. The visa is identified by its position and by its own claims, because committees' visas often have
/// no `jti`. The claims come from the caller's own passport.
pub(crate) fn visa_told(visa: &VisaVerdict) -> Value {
    let mut told = json!({"visa": visa.jti, "code": visa.code, "failed": visa.failed});
    if let Some(place) = visa.place {
        told["credential"] = place.credential.into();
        told["position"] = place.position.into();
    }
    if let Some(says) = &visa.says {
        told["issuer"] = says.issuer.as_str().into();
        told["type"] = says.visa_type.as_deref().into();
        told["value"] = says.value.as_deref().into();
    }
    told
}

/// Whether the caller may know that a dataset exists: the dataset is open to the public, or the caller's visas or approvals concern it.
fn may_be_named(explained: &DatasetExplanation, policy: &Policy) -> bool {
    let concerns = |reason: &Reason| match &reason.cause {
        Cause::Obstacle(obstacle) => match obstacle {
            Obstacle::Purpose | Obstacle::PurposeNever(_) | Obstacle::DataUse { .. } | Obstacle::DataUseReferred { .. } => true,
            Obstacle::VisaEnded
            | Obstacle::NoApproval
            | Obstacle::NotNamed
            | Obstacle::NotDeclared
            | Obstacle::OtherDataset
            | Obstacle::Release
            | Obstacle::NoPurpose => reason.lapse.is_some(),
        },
        Cause::Rule(_) => false,
    };
    policy.dataset(&explained.dataset).is_some_and(|dataset| dataset.public_boolean)
        || explained.open.is_some()
        || !explained.approvals.is_empty()
        || explained.reasons.iter().any(concerns)
}

fn dataset_told(explained: &DatasetExplanation, language: Language) -> Value {
    let words = |purposes: &[Purpose]| purposes.iter().map(|p| p.as_str()).collect::<Vec<_>>();
    let mut told = json!({
        "dataset": explained.dataset.as_str(),
        "verdict": if explained.open.is_some() { "open" } else { "closed" },
    });
    if let Some(open) = &explained.open {
        told["tier"] = open.tier.as_str().into();
        told["delivery"] = open.delivery.map(|delivery| delivery.as_str()).into();
        told["purposes"] = words(&open.purposes).into();
        told["releases"] = open.releases.iter().map(|release| release.as_str()).collect();
        told["region_budget_bp"] = open.region_budget_bp.into();
        told["regions"] = regions_told(open.regions.as_deref());
        told["until"] = open.until.map(|until| until.rfc3339()).into();
        told["approvals"] = open.approvals.as_slice().into();
    }
    let by_approval = explained.approvals.iter().map(|opened| {
        json!({
            "approval": opened.approval.as_str(),
            "visa_value": opened.visa_value,
            "visa": opened.jti,
            "credential": opened.place.map(|place| place.credential),
            "position": opened.place.map(|place| place.position),
            "delivery": opened.delivery.as_str(),
            "purposes": words(&opened.purposes),
            "release": opened.release.as_ref().map(|release| release.as_str()),
            "regions": regions_told(opened.regions.as_deref()),
            "until": opened.until.rfc3339(),
        })
    });
    told["by_approval"] = by_approval.collect();
    told["reasons"] = explained.reasons.iter().map(|reason| reason_told(reason, language)).collect();
    told
}

/// The regions of an approval as JSON, in the format of an approval; null for the whole genome.
fn regions_told(regions: Option<&[ApprovedRegion]>) -> Value {
    let one = |region: &ApprovedRegion| {
        json!({
            "assembly": region.assembly.map(|assembly| assembly.as_str()),
            "contig": region.contig.as_str(),
            "start": region.start.0,
            "end": region.end.0,
        })
    };
    regions.map(|regions| regions.iter().map(one).collect::<Vec<_>>()).into()
}

fn reason_told(reason: &Reason, language: Language) -> Value {
    let mut told = json!({
        "code": reason.cause.code(),
        "title": reason.cause.title(language),
        "detail": reason.cause.to_string(),
    });
    if let Some(lapse) = reason.lapse {
        told["lapse"] = json!({"code": lapse.code(), "title": lapse.title(language)});
    }
    if let Some(place) = reason.place {
        told["credential"] = place.credential.into();
        told["position"] = place.position.into();
    }
    for (name, value) in [
        ("data_use", reason.cause.data_use()),
        ("visa", reason.jti.as_deref()),
        ("visa_value", reason.visa_value.as_deref()),
        ("approval", reason.approval.as_ref().map(|id| id.as_str())),
    ] {
        if let Some(value) = value {
            told[name] = value.into();
        }
    }
    told
}
