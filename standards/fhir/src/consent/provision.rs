//! The tree of provisions (FHIR R4 § Consent.provision; `provision.provision` holds the exceptions to the one around it).

use serde_json::Value;

use super::{ConsentKind, UnclearReason, Withdrawn};

/// A code and its system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coding {
    /// The code system.
    pub system: Box<str>,
    /// The code.
    pub code: Box<str>,
}

/// A time for which a permit holds, as received (`dateTime`s of any precision, both ends included); an absent end is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// From.
    pub start: Option<Box<str>>,
    /// To.
    pub end: Option<Box<str>>,
}

/// Something permitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    /// What.
    pub coding: Coding,
    /// When: in all of these periods. None means whenever.
    pub periods: Vec<Period>,
}

/// Elements that make a provision hold for some cases only.
const CONDITIONS: [&str; 7] = ["actor", "action", "securityLabel", "purpose", "class", "dataPeriod", "data"];

/// One CodeableConcept: its codings are names of one thing.
type Concept = Vec<Coding>;

/// What provisions say, concept by concept.
#[derive(Default)]
struct Found {
    permits: Vec<(Concept, Vec<Period>, bool)>,
    denies: Vec<Concept>,
    denies_all: bool,
    permit_without_code: bool,
}

/// What holds around a provision.
#[derive(Clone, Default)]
struct Around {
    concepts: Vec<Concept>,
    periods: Vec<Period>,
    conditional: bool,
    depth: usize,
}

/// What an active Consent says.
pub(super) fn active(root: &Value) -> Result<ConsentKind, UnclearReason> {
    let mut found = Found::default();
    collect(root, &Around::default(), &mut found)?;
    if found.denies_all {
        return Ok(ConsentKind::Withdrawal(Withdrawn::All));
    }
    let denies = flat(&found.denies);
    let denied = |concept: &Concept| concept.iter().any(|coding| denies.contains(coding));
    found.permits.retain(|(concept, _, _)| !denied(concept));
    if found.permits.iter().any(|(_, _, conditional)| *conditional) {
        return Err(UnclearReason::ConditionalPermit);
    }
    let permits = found.permits.into_iter().flat_map(|(concept, periods, _)| {
        concept.into_iter().map(move |coding| Permit {
            coding,
            periods: periods.clone(),
        })
    });
    let permits: Vec<_> = permits.collect();
    match (permits.is_empty(), denies.is_empty()) {
        (false, _) => Ok(ConsentKind::Grant { permits, denies }),
        (true, false) => Ok(ConsentKind::Withdrawal(Withdrawn::Codes(denies))),
        (true, true) if found.permit_without_code => Err(UnclearReason::PermitWithoutCode),
        (true, true) => Err(UnclearReason::NoProvision),
    }
}

/// What a Consent that is no longer in force covered: every code in it, or everything.
pub(super) fn all_codes(root: &Value) -> Result<Withdrawn, UnclearReason> {
    fn walk(provision: &Value, codes: &mut Vec<Concept>, open: &mut bool) -> Result<(), UnclearReason> {
        refuse_modifiers(provision)?;
        // A code that cannot be read may have named anything.
        let own = concepts(provision).unwrap_or_default();
        let inner = inner(provision)?;
        *open |= own.is_empty() && (inner.is_empty() || provision.get("code").is_some() || provision.get("type").is_some());
        codes.extend(own);
        inner.iter().try_for_each(|inner| walk(inner, codes, open))
    }
    let (mut codes, mut open) = (Vec::new(), false);
    walk(root, &mut codes, &mut open)?;
    Ok(if open || codes.is_empty() {
        Withdrawn::All
    } else {
        Withdrawn::Codes(flat(&codes))
    })
}

fn collect(provision: &Value, around: &Around, found: &mut Found) -> Result<(), UnclearReason> {
    refuse_modifiers(provision)?;
    let own = concepts(provision)?;
    let deny = match provision.get("type").map(Value::as_str) {
        Some(Some("deny")) => Some(true),
        Some(Some("permit")) => Some(false),
        Some(_) => return Err(UnclearReason::Malformed),
        // "Not permitted in root rule, required in all nested rules": a root that only holds others together says nothing itself.
        None if around.depth == 0 && own.is_empty() => None,
        None => return Err(UnclearReason::NoType),
    };
    let mut here = around.clone();
    here.depth += 1;
    if !own.is_empty() {
        here.concepts = own;
    }
    here.conditional |= CONDITIONS.iter().any(|condition| provision.get(*condition).is_some());
    here.periods.extend(period(provision)?);
    match deny {
        Some(true) if here.concepts.is_empty() => found.denies_all = true,
        Some(true) => found.denies.extend(here.concepts.iter().cloned()),
        Some(false) if here.concepts.is_empty() => found.permit_without_code = true,
        Some(false) => {
            let permits = here
                .concepts
                .iter()
                .map(|concept| (concept.clone(), here.periods.clone(), here.conditional));
            found.permits.extend(permits);
        }
        None => {}
    }
    inner(provision)?.iter().try_for_each(|inner| collect(inner, &here, found))
}

fn refuse_modifiers(provision: &Value) -> Result<(), UnclearReason> {
    let members = provision.as_object().ok_or(UnclearReason::Malformed)?;
    if members.contains_key("modifierExtension") {
        Err(UnclearReason::ModifierExtension)
    } else {
        Ok(())
    }
}

fn list<'a>(provision: &'a Value, name: &str) -> Result<&'a [Value], UnclearReason> {
    match provision.get(name) {
        None => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(UnclearReason::Malformed),
    }
}

fn inner(provision: &Value) -> Result<&[Value], UnclearReason> {
    list(provision, "provision")
}

/// The provision's own codes; every one has at least one coding with system and code.
fn concepts(provision: &Value) -> Result<Vec<Concept>, UnclearReason> {
    let concept = |concept: &Value| {
        let codings = list(concept, "coding")?.iter().map(|coding| {
            let text = |name: &str| coding.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            let (system, code) = text("system").zip(text("code")).ok_or(UnclearReason::NotCoded)?;
            Ok(Coding {
                system: system.into(),
                code: code.into(),
            })
        });
        let codings = codings.collect::<Result<Concept, UnclearReason>>()?;
        let twice = |at: usize, coding: &Coding| {
            codings
                .iter()
                .take(at)
                .any(|before| before.system == coding.system && before != coding)
        };
        if codings.is_empty() {
            Err(UnclearReason::NotCoded)
        } else if codings.iter().enumerate().any(|(at, coding)| twice(at, coding)) {
            Err(UnclearReason::AmbiguousCode)
        } else {
            Ok(codings)
        }
    };
    list(provision, "code")?.iter().map(concept).collect()
}

fn period(provision: &Value) -> Result<Option<Period>, UnclearReason> {
    let Some(period) = provision.get("period") else { return Ok(None) };
    let end = |name: &str| match period.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if crate::date::is_date_time(text) => Ok(Some(text.as_str().into())),
        Some(_) => Err(UnclearReason::Malformed),
    };
    let (start, end) = (end("start")?, end("end")?);
    // A period that says neither is no period: something in it was not understood.
    if start.is_none() && end.is_none() {
        Err(UnclearReason::Malformed)
    } else {
        Ok(Some(Period { start, end }))
    }
}

fn flat(concepts: &[Concept]) -> Vec<Coding> {
    let mut codings: Vec<Coding> = Vec::new();
    for coding in concepts.iter().flatten() {
        if !codings.contains(coding) {
            codings.push(coding.clone());
        }
    }
    codings
}
