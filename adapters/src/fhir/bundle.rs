//! Judges a Bundle (R4 § 2.36): whether its entries state resources, and not changes or answers.

use super::record::shown;
use super::source::Refused;
use crate::received_json::Node;
use crate::unit::{LeftOutRule, UnitAccount};

/// The members of one entry that are read.
pub(super) struct Entry<'n> {
    pub(super) full_url: Option<&'n str>,
    pub(super) resource: &'n Node,
}

/// Reads an entry. `Ok(None)` if it has no resource.
///
/// # Errors
/// The reason for which the whole Bundle is refused.
pub(super) fn entry<'n>(node: &'n Node, account: &mut UnitAccount) -> Result<Option<Entry<'n>>, Refused> {
    let Node::Object(members) = node else {
        return Err(("bad-json", "an entry of the Bundle is not an object"));
    };
    if members.contains_key("modifierExtension") {
        return Err(("modifier-not-understood", "an entry of the Bundle has a modifierExtension"));
    }
    let method = node.get("request").and_then(|request| request.text("method"));
    match method {
        // The state after a deletion is not in the Bundle, and the store keeps patients, not resources.
        Some("DELETE") => {
            return Err((
                "deletion",
                "an entry deletes a resource; give an export of the present state instead",
            ));
        }
        Some("PATCH") => {
            return Err((
                "patch",
                "an entry changes a part of a resource; give an export of the present state instead",
            ));
        }
        None | Some("POST" | "PUT" | "GET" | "HEAD") => {}
        Some(_) => {
            return Err((
                "bundle-request",
                "an entry has a request with a method that FHIR R4 does not define",
            ));
        }
    }
    for name in members
        .keys()
        .filter(|name| !matches!(name.as_str(), "fullUrl" | "resource" | "request" | "search"))
    {
        account.leave_out(LeftOutRule::FieldNotAdmitted, format!("Bundle.entry.{}", shown(name)));
    }
    match node.get("resource") {
        Some(resource @ Node::Object(_)) => Ok(Some(Entry {
            full_url: node.text("fullUrl"),
            resource,
        })),
        Some(_) => Err(("bad-json", "a resource of the Bundle is not an object")),
        None => {
            account.leave_out(LeftOutRule::FieldNotAdmitted, "Bundle.entry (without a resource)");
            Ok(None)
        }
    }
}

/// What a Bundle states besides its entries.
pub(super) struct Envelope {
    /// Whether the resources refer only to each other.
    pub(super) is_closed: bool,
    /// Whether the Bundle is a page of a search result. Another page can have resources of the same patient.
    pub(super) is_page: bool,
    /// The addresses of this page and of the next page (R4 § 3.1.1.4, links `self` and `next`).
    pub(super) pages: [Option<String>; 2],
    /// `Bundle.timestamp`, in universal time.
    pub(super) time: Option<String>,
}

/// Judges the Bundle around its entries. `composition` is the status of the Composition among them.
pub(super) fn envelope(node: &Node, composition: Option<&str>, account: &mut UnitAccount) -> Result<Envelope, Refused> {
    if let Node::Object(members) = node {
        if ["implicitRules", "modifierExtension"]
            .iter()
            .any(|name| members.contains_key(*name))
        {
            return Err(("modifier-not-understood", "the Bundle has implicitRules or a modifierExtension"));
        }
        let read = ["resourceType", "id", "meta", "type", "timestamp", "entry", "link"];
        for name in members.keys().filter(|name| !read.contains(&name.as_str())) {
            account.leave_out(LeftOutRule::FieldNotAdmitted, format!("Bundle.{}", shown(name)));
        }
    }
    let is_closed = match node.text("type") {
        Some("document") => match composition {
            Some("final" | "amended" | "preliminary") | None => true,
            Some(_) => return Err(("document-in-error", "the document was entered in error, or its status is not known")),
        },
        Some("collection" | "searchset" | "transaction" | "batch") => false,
        _ => {
            let detail =
                "the Bundle is no document, collection, searchset, transaction or batch; histories, messages and answers are not read";
            return Err(("bundle-type", detail));
        }
    };
    let page = |relation: &str| {
        let found = node.list("link").iter().find(|link| link.text("relation") == Some(relation));
        found.and_then(|link| link.text("url")).map(str::to_owned)
    };
    Ok(Envelope {
        is_closed,
        is_page: node.text("type") == Some("searchset"),
        pages: [page("self"), page("next")],
        time: node.text("timestamp").and_then(instant),
    })
}

/// An instant as a text in universal time that sorts by time; `None` if the text is no instant with an offset.
pub(super) fn instant(text: &str) -> Option<String> {
    let time: jiff::Timestamp = text.trim().parse().ok()?;
    Some(format!("{time:.9}"))
}
