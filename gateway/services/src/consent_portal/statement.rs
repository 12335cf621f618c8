//! Reads one statement.

use gemj_catalogue::{ConsentStatement, NewConsent};
use gemj_model::{ConsentForm, ConsentKind, Ground, Timestamp};

use super::tree::Tree;
use super::{PortalFault, PortalItem, PortalParticipant, PortalStatement, RELATIONS, salvage};
use crate::consent_sheet::{event, is_withdrawal, opens, optional};

/// Stands for the participant while the other members are read by the rules of a consent sheet.
const PLACEHOLDER: &str = "participant";

/// Reads one statement. A statement that could be a withdrawal is [`PortalItem::Unclear`] if a part of it cannot be read.
#[must_use]
pub fn read(bytes: &[u8], forms: &[ConsentForm], now: Timestamp) -> PortalItem {
    let tree: Tree = match serde_json::from_slice(bytes) {
        Ok(tree @ Tree::Object(_)) => tree,
        _ => return damaged(bytes),
    };
    let Tree::Object(members) = &tree else { return damaged(bytes) };
    let members = Members(members);
    let kind = members.text("kind").ok().flatten().and_then(ConsentKind::parse);
    let fault = match read_members(&tree, &members, forms, now) {
        Ok(statement) => match statement.event.kind {
            ConsentKind::WithdrawalUnclear => PortalFault::StatedUnclear,
            kind if !withdraws(kind) && says_withdrawal(&tree, &members, forms) => PortalFault::WithdrawalWord,
            _ => return PortalItem::Statement(Box::new(statement)),
        },
        Err(fault) => fault,
    };
    let is_other_kind = kind.is_some_and(|kind| !withdraws(kind));
    if is_other_kind && fault != PortalFault::MemberTwice && !says_withdrawal(&tree, &members, forms) {
        return PortalItem::Refused(fault);
    }
    PortalItem::Unclear {
        participant: members.participant().ok(),
        fault,
    }
}

/// The result for bytes that are not a JSON object.
fn damaged(bytes: &[u8]) -> PortalItem {
    let kind = salvage::kind(bytes).as_deref().and_then(ConsentKind::parse);
    // The names of forms and grounds are not excluded here, because it cannot be known in which member they are.
    if kind.is_some_and(|kind| !withdraws(kind)) && !is_withdrawal(bytes) {
        return PortalItem::Refused(PortalFault::Unreadable);
    }
    PortalItem::Unclear {
        participant: salvage::participant(bytes),
        fault: PortalFault::Unreadable,
    }
}

fn withdraws(kind: ConsentKind) -> bool {
    matches!(
        kind,
        ConsentKind::Withdrawn | ConsentKind::WithdrawnPartial | ConsentKind::WithdrawalUnclear
    )
}

/// Whether a word for a withdrawal occurs in the statement. A known kind that withdraws nothing, a known form and a known ground do not count.
fn says_withdrawal(tree: &Tree, members: &Members<'_>, forms: &[ConsentForm]) -> bool {
    let text = |name| members.text(name).ok().flatten();
    let form = text("form").filter(|id| forms.iter().any(|form| form.id.as_str() == *id));
    let ground = text("ground").filter(|word| Ground::parse(word).is_some());
    let mut says = false;
    tree.texts(&mut |word| says |= Some(word) != form && Some(word) != ground && is_withdrawal(word.as_bytes()));
    says
}

fn read_members(tree: &Tree, members: &Members<'_>, forms: &[ConsentForm], now: Timestamp) -> Result<PortalStatement, PortalFault> {
    if tree.has_twice() {
        return Err(PortalFault::MemberTwice);
    }
    members.only(&["participant", "kind", "form", "clauses", "signed", "ground", "scan_sha256", "proxy"])?;
    let participant = members.participant()?;
    let kind = members.text("kind").map_err(|_| PortalFault::Kind)?.ok_or(PortalFault::Kind)?;
    let text = |name| Ok::<_, PortalFault>(members.text(name)?.unwrap_or_default());
    let (form, signed, clauses) = (text("form")?, text("signed")?, members.clauses()?);
    let more = optional(text("ground")?, "")?;
    let NewConsent {
        kind,
        form,
        clauses,
        effective,
        ground,
        corrects,
        ..
    } = event([PLACEHOLDER, form, kind, &clauses, signed], more, forms, now)?;
    if !is_accepted(kind) {
        return Err(PortalFault::KindNotAccepted);
    }
    if signed.is_empty() && (opens(kind) || kind == ConsentKind::Assent) {
        return Err(PortalFault::SignedNeeded);
    }
    if effective > now && !withdraws(kind) {
        return Err(PortalFault::SignedLater);
    }
    Ok(PortalStatement {
        participant,
        event: ConsentStatement {
            kind,
            form,
            clauses,
            effective,
            ground,
            corrects,
        },
        scan_sha256: scan(members.text("scan_sha256")?)?,
        relation: relation(members, kind)?,
    })
}

/// Whether a portal may state this kind. The other kinds are decisions of the programme.
fn is_accepted(kind: ConsentKind) -> bool {
    match kind {
        ConsentKind::Given
        | ConsentKind::ProxyGiven
        | ConsentKind::Assent
        | ConsentKind::ClauseChanged
        | ConsentKind::Withdrawn
        | ConsentKind::WithdrawnPartial
        | ConsentKind::WithdrawalUnclear
        | ConsentKind::Died => true,
        ConsentKind::Expired
        | ConsentKind::ReconsentDue
        | ConsentKind::Corrected
        | ConsentKind::LegacyEquivalent
        | ConsentKind::PeriodBegins
        | ConsentKind::PeriodEnds => false,
    }
}

fn scan(text: Option<&str>) -> Result<Option<String>, PortalFault> {
    let Some(text) = text else { return Ok(None) };
    let is_digest = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then(|| Some(text.to_ascii_lowercase())).ok_or(PortalFault::Scan)
}

/// The relation of the representative. A consent by a representative requires it. A withdrawal and a change may state it too.
fn relation(members: &Members<'_>, kind: ConsentKind) -> Result<Option<String>, PortalFault> {
    let stated = match members.get("proxy") {
        None => None,
        Some(Tree::Object(proxy)) => {
            let proxy = Members(proxy);
            proxy.only(&["relation"]).map_err(|_| PortalFault::Relation)?;
            Some(proxy.text("relation").ok().flatten().ok_or(PortalFault::Relation)?)
        }
        Some(_) => return Err(PortalFault::Relation),
    };
    let is_known = stated.is_none_or(|relation| RELATIONS.contains(&relation));
    let is_missing = kind == ConsentKind::ProxyGiven && stated.is_none();
    // A consent that a representative gave is of the kind proxy-given. The kind given would hold after the participant's majority.
    let is_wrong = stated.is_some() && matches!(kind, ConsentKind::Given | ConsentKind::Assent);
    if !is_known || is_missing || is_wrong {
        return Err(PortalFault::Relation);
    }
    Ok(stated.map(str::to_owned))
}

/// The members of an object.
struct Members<'t>(&'t [(String, Tree)]);

impl<'t> Members<'t> {
    fn get(&self, name: &str) -> Option<&'t Tree> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// The text of a member; absent if the member is absent.
    fn text(&self, name: &str) -> Result<Option<&'t str>, PortalFault> {
        match self.get(name) {
            None => Ok(None),
            Some(Tree::Text(text)) => Ok(Some(text)),
            Some(Tree::List(_) | Tree::Object(_) | Tree::Other) => Err(PortalFault::Member),
        }
    }

    fn only(&self, names: &[&str]) -> Result<(), PortalFault> {
        match self.0.iter().all(|(name, _)| names.contains(&name.as_str())) {
            true => Ok(()),
            false => Err(PortalFault::Member),
        }
    }

    /// The clauses as in the column of a consent sheet: `all`, or names joined by `;`.
    fn clauses(&self) -> Result<String, PortalFault> {
        match self.get("clauses") {
            None => Ok(String::new()),
            Some(Tree::Text(text)) if text == "all" => Ok(text.clone()),
            Some(Tree::List(entries)) => {
                let names = entries.iter().map(|entry| match entry {
                    // A separator inside a name would make two clauses of one entry, and an empty name would be no clause.
                    Tree::Text(name) if !name.is_empty() && !name.contains(';') && name != "all" => Ok(name.as_str()),
                    _ => Err(PortalFault::Clause),
                });
                let names = names.collect::<Result<Vec<_>, _>>()?;
                Ok(names.join(";"))
            }
            Some(_) => Err(PortalFault::Clause),
        }
    }

    fn participant(&self) -> Result<PortalParticipant, PortalFault> {
        let Some(Tree::Object(named)) = self.get("participant") else {
            return Err(PortalFault::Participant);
        };
        let named = Members(named);
        named
            .only(&["namespace", "number", "patient"])
            .map_err(|_| PortalFault::Participant)?;
        let text = |name| match named.text(name) {
            Ok(Some("")) | Err(_) => Err(PortalFault::Participant),
            Ok(text) => Ok(text),
        };
        match (text("namespace")?, text("number")?, text("patient")?) {
            (Some(namespace), Some(number), None) => Ok(PortalParticipant::Number {
                namespace: namespace.to_owned(),
                number: number.to_owned(),
            }),
            (None, None, Some(id)) => Ok(PortalParticipant::Patient(id.to_owned())),
            _ => Err(PortalFault::Participant),
        }
    }
}
