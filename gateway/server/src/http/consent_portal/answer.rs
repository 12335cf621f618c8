//! The answers to a portal. No answer names a person.

use actix_web::HttpResponse;
use actix_web::http::header;
use gemj_catalogue::{IntakeOutcome, ReceiptItem, StoredReceipt};
use serde_json::{Value, json};

use super::key::Condition;
use crate::http::gateway::Gateway;
use crate::http::status;

/// The status of a statement that was understood as a request, but not recorded as stated.
const UNPROCESSABLE: u16 = 422;

/// The answer to one statement: 201 if it was recorded, otherwise a problem document with the receipt.
pub(super) fn to_one(gateway: &Gateway, receipt: &StoredReceipt, condition: Option<Condition>) -> HttpResponse {
    if let Some(condition) = condition {
        return problem(gateway, receipt, condition.status(), condition.text());
    }
    match receipt.items.first().map(|item| item.outcome) {
        Some(IntakeOutcome::Recorded) => created(gateway, receipt),
        Some(IntakeOutcome::BlockedUnclear) => {
            let text = "the statement could be a withdrawal and cannot be read; all data of the participant is blocked until an operator resolves it";
            problem(gateway, receipt, UNPROCESSABLE, text)
        }
        Some(IntakeOutcome::Refused) | None => {
            let text = "the statement was not recorded; the receipt contains the code of the reason";
            problem(gateway, receipt, UNPROCESSABLE, text)
        }
    }
}

/// The answer to several statements: 201 with the outcome of each statement.
pub(super) fn to_several(gateway: &Gateway, receipt: &StoredReceipt, condition: Option<Condition>) -> HttpResponse {
    match condition {
        Some(condition) => problem(gateway, receipt, condition.status(), condition.text()),
        None => created(gateway, receipt),
    }
}

/// The answer to a query of a receipt.
pub(super) fn stored(receipt: &StoredReceipt) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(told(receipt))
}

fn created(gateway: &Gateway, receipt: &StoredReceipt) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((header::LOCATION, location(gateway, receipt)))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(told(receipt))
}

/// A problem document (RFC 9457) with the receipt as an extension member.
fn problem(gateway: &Gateway, receipt: &StoredReceipt, number: u16, detail: &str) -> HttpResponse {
    let status = status::number(number);
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": number,
        "detail": detail,
        "receipt": told(receipt),
    });
    HttpResponse::build(status)
        .insert_header((header::LOCATION, location(gateway, receipt)))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("application/problem+json")
        .body(body.to_string())
}

fn location(gateway: &Gateway, receipt: &StoredReceipt) -> String {
    gateway.url(&format!("/consent/v1/receipts/{}", receipt.id))
}

fn told(receipt: &StoredReceipt) -> Value {
    let count = |outcome| receipt.items.iter().filter(|item| item.outcome == outcome).count();
    json!({
        "id": receipt.id,
        "site": receipt.site.as_str(),
        "received": receipt.received.rfc3339(),
        "complete": receipt.items.len() as u64 == receipt.item_count,
        "epoch": receipt.items.iter().map(|item| item.epoch).max(),
        "counts": {
            "received": receipt.item_count,
            "recorded": count(IntakeOutcome::Recorded),
            "blocked-unclear": count(IntakeOutcome::BlockedUnclear),
            "refused": count(IntakeOutcome::Refused),
        },
        "items": receipt.items.iter().map(item).collect::<Vec<_>>(),
    })
}

/// One item. Absent members are left out.
fn item(item: &ReceiptItem) -> Value {
    let mut told = json!({
        "item": item.position,
        "status": item.outcome.as_str(),
        "recorded": item.recorded.rfc3339(),
        "epoch": item.epoch,
    });
    if !item.reason.is_empty() {
        told["reason"] = item.reason.as_str().into();
    }
    if let Some(event) = item.event {
        told["event"] = event.into();
    }
    for (name, value) in [
        ("form", &item.form),
        ("scan_sha256", &item.scan_sha256),
        ("proxy_relation", &item.relation),
    ] {
        if let Some(value) = value {
            told[name] = value.as_str().into();
        }
    }
    told
}
