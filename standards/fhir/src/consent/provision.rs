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

/// What provisions say, provision by provision.
#[derive(Default)]
struct Found {
    permits: Vec<FoundPermit>,
    denies: Vec<FoundDeny>,
    permit_without_code: bool,
}

/// A permit of one concept.
struct FoundPermit {
    concept: Concept,
    periods: Vec<Period>,
    conditional: bool,
    /// The places of the denies around it in [`Found::denies`]: it is an exception to them.
    exception_to: Vec<usize>,
}

/// A deny.
struct FoundDeny {
    /// Of what; of everything where empty.
    concepts: Vec<Concept>,
    /// Whether it holds for some time only.
    limited: bool,
}

impl FoundDeny {
    fn is_of(&self, concept: &Concept) -> bool {
        self.concepts.is_empty() || self.concepts.iter().flatten().any(|coding| concept.contains(coding))
    }
}

/// What holds around a provision.
#[derive(Clone, Default)]
struct Around {
    concepts: Vec<Concept>,
    periods: Vec<Period>,
    conditional: bool,
    denies: Vec<usize>,
    depth: usize,
}

/// What an active Consent says.
///
/// "Exceptions to the rule around it" (R4 § Consent.provision.provision): a permit inside a deny is an exception to that deny. Every other
/// deny of the same thing, wherever it is, beats the permit, and a deny is taken as one without conditions and for all time. So no more is read
/// as permitted than there is. A document that permits anything is no withdrawal of everything, whatever it denies.
pub(super) fn active(root: &Value) -> Result<ConsentKind, UnclearReason> {
    let mut found = Found::default();
    collect(root, &Around::default(), &mut found)?;
    let (permits, denied): (Vec<_>, Vec<_>) = found.permits.into_iter().partition(|permit| {
        let mut denies = found.denies.iter().enumerate();
        denies.all(|(at, deny)| permit.exception_to.contains(&at) || !deny.is_of(&permit.concept))
    });
    if permits.iter().any(|permit| permit.conditional) {
        return Err(UnclearReason::ConditionalPermit);
    }
    let permits: Vec<Permit> = permits
        .into_iter()
        .flat_map(|permit| {
            let periods = permit.periods;
            permit.concept.into_iter().map(move |coding| Permit {
                coding,
                periods: periods.clone(),
            })
        })
        .collect();
    let concepts: Vec<Concept> = found.denies.iter().flat_map(|deny| deny.concepts.clone()).collect();
    let mut denies = flat(&concepts);
    denies.retain(|coding| permits.iter().all(|permit| permit.coding != *coding));
    if !permits.is_empty() {
        return Ok(ConsentKind::Grant { permits, denies });
    }
    if denied.is_empty() && !found.permit_without_code {
        let denies_all = found.denies.iter().any(|deny| deny.concepts.is_empty());
        return match (denies_all, denies.is_empty()) {
            (true, _) => Ok(ConsentKind::Withdrawal(Withdrawn::All)),
            (false, false) => Ok(ConsentKind::Withdrawal(Withdrawn::Codes(denies))),
            (false, true) => Err(UnclearReason::NoProvision),
        };
    }
    // It permits something, and a deny that says more than it seems, or that no exception can be told from, keeps all of it from being read.
    let doubtful = |permit: &FoundPermit| {
        let of_it: Vec<_> = found
            .denies
            .iter()
            .enumerate()
            .filter(|(_, deny)| deny.is_of(&permit.concept))
            .collect();
        of_it
            .iter()
            .any(|(at, deny)| permit.exception_to.contains(at) || deny.limited || deny.concepts.is_empty())
    };
    if denied.iter().any(doubtful) {
        return Err(UnclearReason::PermitDenied);
    }
    let denies_all = found.denies.iter().any(|deny| deny.concepts.is_empty());
    match denies.is_empty() || denies_all {
        true => Err(UnclearReason::PermitWithoutCode),
        false => Ok(ConsentKind::Withdrawal(Withdrawn::Codes(denies))),
    }
}

/// What a Consent that is no longer in force covered: every code in it, or everything.
pub(super) fn all_codes(root: &Value) -> Result<Withdrawn, UnclearReason> {
    fn walk(provision: &Value, codes: &mut Vec<Concept>, open: &mut bool) -> Result<(), UnclearReason> {
        refuse_modifiers(provision)?;
        // A code that cannot be read may have named anything.
        let own = concepts(provision).unwrap_or_default();
        let inner = inner(provision)?;
        // A deny that only holds permits together covered nothing itself.
        let is_frame = provision.get("code").is_none() && matches!(provision.get("type").and_then(Value::as_str), Some("deny"));
        let says_something = provision.get("code").is_some() || provision.get("type").is_some();
        *open |= own.is_empty() && (inner.is_empty() || (says_something && !is_frame));
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
        Some(true) => {
            here.denies.push(found.denies.len());
            found.denies.push(FoundDeny {
                concepts: here.concepts.clone(),
                limited: !here.periods.is_empty(),
            });
        }
        Some(false) if here.concepts.is_empty() => found.permit_without_code = true,
        Some(false) => {
            let permits = here.concepts.iter().map(|concept| FoundPermit {
                concept: concept.clone(),
                periods: here.periods.clone(),
                conditional: here.conditional,
                exception_to: here.denies.clone(),
            });
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
