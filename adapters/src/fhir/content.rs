//! Reads the resources of a patient: Condition, Observation and Specimen.

use super::concept::concept;
use super::identity::{Number, number};
use super::record::{Content, Fault};
use super::{Options, value};
use crate::received_json::Node;
use crate::unit::{LeftOutRule, Record, UnitAccount};

/// The code system of Condition.verificationStatus.
const VERIFICATION: &str = "http://terminology.hl7.org/CodeSystem/condition-ver-status";
/// The code system of Condition.clinicalStatus.
const CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/condition-clinical";

/// Adds the record of a Condition (R4 § 9.2), unless it was entered in error.
pub(super) fn condition(node: &Node, options: &Options, account: &mut UnitAccount, records: &mut Vec<Record>) -> Result<(), Fault> {
    let verification = statuses(node, "verificationStatus", VERIFICATION);
    if verification.iter().any(|code| code == "entered-in-error") {
        account.leave_out(LeftOutRule::EnteredInError, "Condition");
        return Ok(());
    }
    let mut content = Content::new("Condition", account);
    let read = [
        "subject",
        "code",
        "verificationStatus",
        "clinicalStatus",
        "category",
        "onsetDateTime",
        "onsetPeriod",
        "onsetAge",
        "abatementDateTime",
        "abatementPeriod",
        "abatementAge",
        "abatementRange",
        "abatementString",
        "abatementBoolean",
        "recordedDate",
    ];
    content.resource(node, &read)?;
    for (name, codes) in [
        ("verificationStatus", verification),
        ("clinicalStatus", statuses(node, "clinicalStatus", CLINICAL)),
    ] {
        for code in codes {
            content.field(name, &code)?;
        }
    }
    match node.get("code") {
        Some(code) => {
            for name in concept(code, "code", &options.systems, &mut content)? {
                content.field("@Name", name)?;
            }
        }
        None => content.unread("code (absent)")?,
    }
    categories(node, &mut content)?;
    names_of_categories(node, &mut content)?;
    for name in ["onsetDateTime", "recordedDate"] {
        if let Some(text) = node.text(name) {
            content.field(name, text)?;
        }
    }
    if let Some(period) = node.get("onsetPeriod") {
        content.others(period, "onsetPeriod", &["start"]);
        if let Some(text) = period.text("start") {
            content.field("onsetPeriod.start", text)?;
        }
    }
    if let Some(age) = node.get("onsetAge") {
        match value::age(age) {
            Some(age) => content.field("onsetAge", &age)?,
            None => content.leave_out(LeftOutRule::FieldNotAdmitted, "onsetAge"),
        }
    }
    abatement(node, &mut content)?;
    records.push(content.record(None));
    Ok(())
}

/// The end of a condition: a date, or the mark that the end is stated in another form. A text or a boolean can also state that the condition goes
/// on.
fn abatement(node: &Node, content: &mut Content<'_>) -> Result<(), Fault> {
    if let Some(text) = node.text("abatementDateTime") {
        content.field("abatement", text)?;
    } else if node.get("abatementDateTime").is_some() {
        content.unread("abatementDateTime")?;
    }
    if let Some(period) = node.get("abatementPeriod") {
        match period.text("end").or(period.text("start")) {
            Some(text) => content.field("abatement", text)?,
            None => content.unread("abatementPeriod")?,
        }
    }
    for name in ["abatementAge", "abatementRange"] {
        if node.get(name).is_some() {
            content.field("abatement", "ended")?;
        }
    }
    for name in ["abatementString", "abatementBoolean"] {
        if node.get(name).is_some() {
            content.unread(name)?;
        }
    }
    Ok(())
}

/// Adds the record of an Observation (R4 § 10.1) and of its components, unless it is no result.
pub(super) fn observation(node: &Node, options: &Options, account: &mut UnitAccount, records: &mut Vec<Record>) -> Result<(), Fault> {
    let has_value = value::has_value(node);
    let components = node.list("component");
    match node.text("status") {
        Some("entered-in-error") => {
            account.leave_out(LeftOutRule::EnteredInError, "Observation");
            return Ok(());
        }
        Some("cancelled") => {
            account.leave_out(LeftOutRule::NoResult, "Observation");
            return Ok(());
        }
        Some("registered") if !has_value && !components.iter().any(value::has_value) => {
            account.leave_out(LeftOutRule::NoResult, "Observation");
            return Ok(());
        }
        _ => {}
    }
    let is_absent = node.get("dataAbsentReason").is_some();
    if is_absent && !has_value && components.is_empty() {
        account.leave_out(LeftOutRule::NoResult, "Observation");
        return Ok(());
    }
    let mut content = Content::new("Observation", account);
    let mut read = vec!["subject", "status", "category", "code", "component", "dataAbsentReason", "focus"];
    read.extend(["effectiveDateTime", "effectiveInstant", "effectivePeriod"]);
    read.extend(value::TYPES);
    content.resource(node, &read)?;
    if let Some(Node::Text(status)) = node.get("status") {
        content.field("status", status)?;
    }
    if node.get("focus").is_some() {
        // The result is about another person or thing than the subject (R4 § 10.1.4, Observation.focus).
        content.unread("focus")?;
    }
    if is_absent && has_value {
        content.unread("dataAbsentReason")?;
    }
    categories(node, &mut content)?;
    for name in ["effectiveDateTime", "effectiveInstant"] {
        if let Some(text) = node.text(name) {
            content.field("effective", text)?;
        }
    }
    if let Some(period) = node.get("effectivePeriod") {
        content.others(period, "effectivePeriod", &["start"]);
        if let Some(text) = period.text("start") {
            content.field("effective", text)?;
        }
    }
    if let Some(code) = node.get("code") {
        concept(code, "code", &options.systems, &mut content)?;
    }
    value::value(node, "", options, &mut content)?;
    records.push(content.record(None));
    let parent = records.len() - 1;
    for component in components {
        let is_absent = component.get("dataAbsentReason").is_some();
        if is_absent && !value::has_value(component) {
            account.leave_out(LeftOutRule::NoResult, "Observation.component");
            continue;
        }
        let mut content = Content::new("Observation.component", account);
        let read: Vec<&str> = ["code", "dataAbsentReason", "modifierExtension"]
            .into_iter()
            .chain(value::TYPES)
            .collect();
        content.others(component, "", &read);
        if is_absent {
            content.unread("dataAbsentReason")?;
        }
        if let Some(code) = component.get("code") {
            concept(code, "component.code", &options.systems, &mut content)?;
        }
        value::value(component, "component.", options, &mut content)?;
        records.push(content.record(Some(parent)));
    }
    Ok(())
}

/// A specimen that was read.
pub(super) struct Specimen {
    pub(super) record: Record,
    pub(super) id: String,
}

/// The record of a Specimen (R4 § 10.9); `None` if it was entered in error or does not exist any more. A specimen has no status in the gateway, so
/// a specimen with a modifier that is not understood is refused.
pub(super) fn specimen(node: &Node, options: &Options, account: &mut UnitAccount) -> Result<Option<Specimen>, Fault> {
    match node.text("status") {
        Some("entered-in-error") => {
            account.leave_out(LeftOutRule::EnteredInError, "Specimen");
            return Ok(None);
        }
        Some("unavailable" | "unsatisfactory") => {
            account.leave_out(LeftOutRule::NoResult, "Specimen");
            return Ok(None);
        }
        None | Some("available") => {}
        Some(_) => return Err(Fault("unknown-code", "Specimen.status: is not a status of FHIR R4".to_owned())),
    }
    let mut content = Content::new("Specimen", account);
    let read = [
        "subject",
        "status",
        "identifier",
        "accessionIdentifier",
        "type",
        "collection",
        "parent",
    ];
    content.resource(node, &read)?;
    if content.fields.contains_key("@Unread") {
        let detail = "a Specimen has a modifierExtension, implicitRules, or is incomplete (SUBSETTED)".to_owned();
        return Err(Fault("modifier-not-understood", detail));
    }
    let id = specimen_id(node, &options.specimen)?;
    content.field("id", &id)?;
    if let Some(kind) = node.get("type") {
        concept(kind, "type", &options.systems, &mut content)?;
    }
    if let Some(collection) = node.get("collection") {
        content.others(collection, "collection", &["collectedDateTime", "collectedPeriod", "bodySite"]);
        let period = collection.get("collectedPeriod").and_then(|period| period.text("start"));
        if let Some(text) = collection.text("collectedDateTime").or(period) {
            content.field("collected", text)?;
        }
        if let Some(site) = collection.get("bodySite") {
            concept(site, "bodySite", &options.systems, &mut content)?;
        }
    }
    let sources = of_miabis(node, "/miabis-sample-source-extension");
    if sources.iter().any(|source| !source.eq_ignore_ascii_case("human")) {
        let detail = "the source of a Specimen is not human".to_owned();
        return Err(Fault("not-human", detail));
    }
    if let [storage] = of_miabis(node, "/miabis-sample-storage-temperature-extension")[..] {
        content.field("storage", storage)?;
    }
    Ok(Some(Specimen {
        record: content.record(None),
        id,
    }))
}

/// The different codes of an extension of MIABIS on FHIR in a Specimen or in its processing. An extension without a code has an empty code.
fn of_miabis<'n>(node: &'n Node, url: &str) -> Vec<&'n str> {
    let around = [node].into_iter().chain(node.list("processing"));
    let extensions = around.flat_map(|inner| inner.list("extension"));
    let named = extensions.filter(|extension| extension.text("url").is_some_and(|text| text.ends_with(url)));
    let code = |extension: &'n Node| {
        let coding = extension
            .get("valueCodeableConcept")
            .and_then(|concept| concept.list("coding").first());
        coding.and_then(|coding| coding.text("code")).or(extension.text("valueCode"))
    };
    let mut codes: Vec<&str> = named.map(|extension| code(extension).unwrap_or_default()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// The id of a specimen: the accession identifier, or the identifier that the profile chooses.
pub(super) fn specimen_id(node: &Node, rule: &Number) -> Result<String, Fault> {
    let accession = node.get("accessionIdentifier").and_then(|identifier| identifier.text("value"));
    match (accession, rule) {
        (Some(value), Number::Only) => Ok(value.to_owned()),
        _ => match number(node, rule) {
            Ok(found) => Ok(found.value),
            Err("several-numbers") => Err(Fault("several-numbers", "a Specimen has several identifiers".to_owned())),
            Err(_) => Err(Fault(
                "no-specimen-id",
                "a Specimen has no identifier that the profile chooses".to_owned(),
            )),
        },
    }
}

/// The codes of a status. A code of another system, or a status without a code, becomes a text that is no code of FHIR, so that it is not
/// understood.
fn statuses(node: &Node, member: &str, system: &str) -> Vec<String> {
    let Some(status) = node.get(member) else { return Vec::new() };
    let codings = status.list("coding");
    let codes = |is_ours: bool| {
        let codings = codings
            .iter()
            .filter(move |coding| (coding.text("system") == Some(system)) == is_ours);
        codings.filter_map(|coding| coding.text("code"))
    };
    let mut found: Vec<String> = codes(true).map(str::to_owned).collect();
    if found.is_empty() {
        found = codes(false).map(|code| format!("|{code}")).collect();
    }
    if found.is_empty() {
        found.push("|".to_owned());
    }
    // A text beside the code can only repeat it, or contradict it.
    found.sort();
    found.dedup();
    found
}

/// Adds every code, display and text of the categories of a Condition, because a category can state that the disease is of the family.
fn names_of_categories(node: &Node, content: &mut Content<'_>) -> Result<(), Fault> {
    let of_category = |category: &'_ Node| -> Vec<String> {
        let codings = category
            .list("coding")
            .iter()
            .flat_map(|coding| [coding.text("code"), coding.text("display")]);
        codings.chain([category.text("text")]).flatten().map(str::to_owned).collect()
    };
    let mut names: Vec<String> = node.list("category").iter().flat_map(of_category).collect();
    names.sort_unstable();
    names.dedup();
    names.iter().try_for_each(|name| content.field("@Category", name))
}

fn categories(node: &Node, content: &mut Content<'_>) -> Result<(), Fault> {
    let mut codes: Vec<&str> = node
        .list("category")
        .iter()
        .flat_map(|category| category.list("coding"))
        .filter_map(|coding| coding.text("code"))
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes.into_iter().try_for_each(|code| content.field("category", code))
}
