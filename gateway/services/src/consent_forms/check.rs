//! Checks a consent form, and the access committee's decision which clauses of a newer form an older form
//! covers.

use std::collections::HashSet;
use std::hash::Hash;

use gemj_model::consent::Equivalence;
use gemj_model::{Clause, ConsentForm, FormId, Ground, Timestamp};
use sha2::{Digest, Sha256};

use super::fault::{EquivalenceFault, FormFault};

/// Checks a consent form. `document` reads the text file beside the form.
pub(super) fn form(form: &ConsentForm, document: impl Fn(&str) -> Result<Vec<u8>, FormFault>) -> Result<(), FormFault> {
    let particulars = &form.particulars;
    let from = day(&form.effective_from, "effective_from")?;
    if let Some(until) = &particulars.effective_until
        && day(until, "effective_until")? <= from
    {
        return Err(FormFault::EndsFirst);
    }
    let mut countries = HashSet::new();
    for country in &form.overseas_countries {
        let letters = country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
        if !letters || country == "JP" || !countries.insert(country) {
            return Err(FormFault::Country(country.clone()));
        }
    }
    if form.clauses.is_empty() {
        return Err(FormFault::NoClause);
    }
    if let Some(twice) = repeated(form.clauses.iter().map(|c| c.clause)) {
        return Err(FormFault::ClauseTwice(twice.as_str()));
    }
    let asked = form.clause_set();
    for row in &particulars.data_use {
        if row.codes.is_empty() || !row.clauses.iter().all(|c| asked.contains(*c)) {
            return Err(FormFault::DataUse);
        }
        if let Some(code) = row.codes.iter().find(|code| !is_duo(code)) {
            return Err(FormFault::Code(code.clone()));
        }
    }
    text(form, document)
}

fn text(form: &ConsentForm, document: impl Fn(&str) -> Result<Vec<u8>, FormFault>) -> Result<(), FormFault> {
    let digest = form.particulars.document_sha256.as_deref();
    if digest.is_some_and(|d| d.len() != 64 || !d.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))) {
        return Err(FormFault::Digest);
    }
    let Some(name) = &form.particulars.document else {
        return Ok(());
    };
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) && !name.starts_with('.');
    if name.is_empty() || !plain {
        return Err(FormFault::DocumentName);
    }
    let digest = digest.ok_or(FormFault::NoDigest)?;
    let found = hex::encode(Sha256::digest(document(name)?));
    if found != digest {
        return Err(FormFault::OtherDocument(found));
    }
    Ok(())
}

/// Checks the access committee's decision which clauses of a newer form count as agreed for participants who agreed to clauses of an older
/// form. `forms` contains all known forms.
pub(super) fn equivalence(decision: &Equivalence, forms: &[ConsentForm]) -> Result<(), EquivalenceFault> {
    let asked = |id: &FormId| {
        let form = forms.iter().find(|f| f.id == *id);
        form.map(ConsentForm::clause_set)
            .ok_or_else(|| EquivalenceFault::UnknownForm(id.as_str().to_owned()))
    };
    let (older, newer) = (asked(&decision.legacy_form)?, asked(&decision.form)?);
    if decision.legacy_form == decision.form {
        return Err(EquivalenceFault::SameForm);
    }
    if decision.sites.is_empty() || repeated(&decision.sites).is_some() {
        return Err(EquivalenceFault::Sites);
    }
    if decision.decision.trim().is_empty() {
        return Err(EquivalenceFault::NoDecision);
    }
    if decision.clauses.is_empty() || repeated(decision.clauses.iter().map(|row| (row.agreed, row.opens))).is_some() {
        return Err(EquivalenceFault::Rows);
    }
    for row in &decision.clauses {
        if !older.contains(row.agreed) {
            return Err(EquivalenceFault::AgreedNotAsked(row.agreed.as_str()));
        }
        if !newer.contains(row.opens) {
            return Err(EquivalenceFault::OpensNotAsked(row.opens.as_str()));
        }
        if older.contains(row.opens) {
            return Err(EquivalenceFault::AnsweredThere(row.opens.as_str()));
        }
        if row.verdict.opens() && row.opens == Clause::Commercial && decision.ground != Ground::Consent {
            return Err(EquivalenceFault::CommercialWithoutConsent);
        }
    }
    Ok(())
}

/// The first item that occurs twice in a list.
fn repeated<T: Hash + Eq + Clone>(items: impl IntoIterator<Item = T>) -> Option<T> {
    let mut seen = HashSet::new();
    items.into_iter().find(|item| !seen.insert(item.clone()))
}

fn day(text: &str, member: &'static str) -> Result<Timestamp, FormFault> {
    let date = text.len() == "2024-04-01".len();
    Timestamp::parse(text).ok().filter(|_| date).ok_or(FormFault::Day(member))
}

fn is_duo(code: &str) -> bool {
    code.strip_prefix("DUO:")
        .is_some_and(|digits| digits.len() == 7 && digits.bytes().all(|b| b.is_ascii_digit()))
}
