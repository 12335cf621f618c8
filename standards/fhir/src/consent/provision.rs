//! The tree of provisions of a Consent (FHIR R4 § Consent.provision). `provision.provision` contains the exceptions to the provision around it.

use serde_json::Value;

use super::{ConsentKind, UnclearReason, Withdrawn};

/// A code together with its code system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coding {
    /// The URI of the code system.
    pub system: Box<str>,
    /// The code in this system.
    pub code: Box<str>,
}

/// The period of a permit, as received: two `dateTime`s of any precision, both included. If the start or the end is absent, the period is open
/// on that side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// The start of the period; `None` if open.
    pub start: Option<Box<str>>,
    /// The end of the period; `None` if open.
    pub end: Option<Box<str>>,
}

/// One code that a Consent permits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    /// The permitted code.
    pub coding: Coding,
    /// The permit holds only at times inside all of these periods. If the list is empty, the permit holds at all times.
    pub periods: Vec<Period>,
}

/// The elements that restrict a provision to some cases.
const CONDITIONS: [&str; 7] = ["actor", "action", "securityLabel", "purpose", "class", "dataPeriod", "data"];

/// One CodeableConcept. All its codings are names of the same thing.
type Concept = Vec<Coding>;

/// The permits and denies that were found in all provisions.
#[derive(Default)]
struct FoundProvisions {
    permits: Vec<FoundPermit>,
    denies: Vec<FoundDeny>,
    permit_without_code: bool,
}

/// One concept that a provision permits.
struct FoundPermit {
    concept: Concept,
    periods: Vec<Period>,
    conditional: bool,
    /// The indexes, in [`FoundProvisions::denies`], of the denies around the permit. The permit is an exception to these denies.
    exception_to: Vec<usize>,
}

/// One provision that denies.
struct FoundDeny {
    /// The denied concepts. If the list is empty, the provision denies everything.
    concepts: Vec<Concept>,
    /// Whether the deny applies only in a period.
    limited: bool,
}

impl FoundDeny {
    fn is_of(&self, concept: &Concept) -> bool {
        self.concepts.is_empty() || self.concepts.iter().flatten().any(|coding| concept.contains(coding))
    }
}

/// The context that a provision inherits from the provisions around it.
#[derive(Clone, Default)]
struct Around {
    concepts: Vec<Concept>,
    periods: Vec<Period>,
    conditional: bool,
    denies: Vec<usize>,
    depth: usize,
}

/// Determines the meaning of an active Consent from its root provision.
///
/// A permit inside a deny is an exception to that deny ("Exceptions to the rule around it", R4 § Consent.provision.provision). Every other deny
/// of the same code, at any place, overrides the permit. A deny counts as unconditional and unlimited in time. The result therefore never
/// permits more than the document does. A document that permits anything is not a withdrawal of all uses, whatever the document denies.
pub(super) fn active(root: &Value) -> Result<ConsentKind, UnclearReason> {
    let mut found = FoundProvisions::default();
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
    // The document permits something, but denies all of it. If the extent of one of these denies is not clear, the meaning is unclear.
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

/// The codes to which a Consent referred that is no longer in force: every code in the document, or everything.
pub(super) fn all_codes(root: &Value) -> Result<Withdrawn, UnclearReason> {
    fn walk(provision: &Value, codes: &mut Vec<Concept>, open: &mut bool) -> Result<(), UnclearReason> {
        refuse_modifiers(provision)?;
        // A code that cannot be parsed may have named any use. The provision then counts as a provision without codes.
        let own = concepts(provision).unwrap_or_default();
        let inner = inner(provision)?;
        // A deny that only groups other provisions did not itself refer to any use.
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

fn collect(provision: &Value, around: &Around, found: &mut FoundProvisions) -> Result<(), UnclearReason> {
    refuse_modifiers(provision)?;
    let own = concepts(provision)?;
    let deny = match provision.get("type").map(Value::as_str) {
        Some(Some("deny")) => Some(true),
        Some(Some("permit")) => Some(false),
        Some(_) => return Err(UnclearReason::Malformed),
        // "Not permitted in root rule, required in all nested rules": a root provision without a type only groups other provisions.
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

/// The concepts in the provision's own `code`. Each concept has at least one coding with system and code.
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
    // A period without start and end is malformed, because it must have content that this parser did not understand.
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
