//! A request's declaration of use: the headers `GeMJ-Approval` and `GeMJ-Purpose`, or the members [`MEMBERS`] of a body.

use actix_web::http::header::HeaderMap;
use gemj_access::Declared;
use gemj_model::Purpose;
use serde::Deserialize;

/// The header that names the approval of a request, by its id or its visa value.
pub(crate) const APPROVAL: &str = "gemj-approval";

/// The header that names the purpose of a request.
pub(crate) const PURPOSE: &str = "gemj-purpose";

/// The members of a body that declare the approval and the purpose.
pub(crate) const MEMBERS: [&str; 2] = ["gemjApproval", "gemjPurpose"];

/// Maximum length of the name of an approval, in bytes: the maximum length of a visa value (Passport 1.2 § URL Claims).
const MAX_APPROVAL_BYTES: usize = 255;

/// The reason why a declaration cannot be read. The texts do not repeat the declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DeclarationFault {
    #[error("GeMJ-Approval: the id or the visa value of one approval is expected")]
    Approval,
    #[error(
        "GeMJ-Purpose: one of general-research, biomedical-research, disease-research, ancestry-research, methods-development, clinical-care \
         is expected"
    )]
    Purpose,
    #[error("the body and a header both contain the same declaration")]
    Twice,
}

/// The members of a body that declare the use. The parsers of the standards ignore these members.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    #[serde(default)]
    gemj_approval: Option<String>,
    #[serde(default)]
    gemj_purpose: Option<String>,
}

/// Reads a request's declaration of use from its headers.
///
/// # Errors
/// A header occurs more than once, the approval is empty, too long or contains a control character, or the purpose is not a known purpose.
pub(crate) fn of_headers(headers: &HeaderMap) -> Result<Declared, DeclarationFault> {
    let approval = one(headers, APPROVAL).map_err(|()| DeclarationFault::Approval)?;
    let purpose = one(headers, PURPOSE).map_err(|()| DeclarationFault::Purpose)?;
    of(approval, purpose)
}

/// Reads a request's declaration of use from the members `gemjApproval` and `gemjPurpose` of a JSON body. A body that is not a JSON object
/// declares nothing here. The standard's parser rejects such a body later.
///
/// # Errors
/// A member is present but is not a valid approval or purpose.
pub(crate) fn of_body(body: &[u8]) -> Result<Declared, DeclarationFault> {
    // Without this check, serde would accept an array as body and read the array's elements as the members.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Ok(Declared::default());
    }
    match serde_json::from_slice::<Members>(body) {
        Ok(members) => of(members.gemj_approval.as_deref(), members.gemj_purpose.as_deref()),
        Err(error) if error.is_data() => Err(DeclarationFault::Approval),
        Err(_) => Ok(Declared::default()),
    }
}

/// Joins the declarations of use in the headers and in the body.
///
/// # Errors
/// Both the headers and the body declare the approval, or both declare the purpose. The gateway does not choose between them.
pub(crate) fn joined(headers: Declared, body: Declared) -> Result<Declared, DeclarationFault> {
    if (headers.approval.is_some() && body.approval.is_some()) || (headers.purpose.is_some() && body.purpose.is_some()) {
        return Err(DeclarationFault::Twice);
    }
    Ok(Declared {
        approval: headers.approval.or(body.approval),
        purpose: headers.purpose.or(body.purpose),
        fhir: headers.fhir.or(body.fhir),
    })
}

fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, ()> {
    let mut values = headers.get_all(name);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| ()),
        (Some(_), Some(_)) => Err(()),
    }
}

/// Parses the values of a declaration.
///
/// # Errors
/// The approval is empty, too long or contains a control character, or the purpose is not a known purpose.
pub(crate) fn of(approval: Option<&str>, purpose: Option<&str>) -> Result<Declared, DeclarationFault> {
    let fits = |text: &&str| !text.is_empty() && text.len() <= MAX_APPROVAL_BYTES && !text.chars().any(char::is_control);
    let approval = match approval {
        None => None,
        Some(text) => Some(Some(text).filter(fits).ok_or(DeclarationFault::Approval)?.to_owned()),
    };
    let purpose = match purpose {
        None => None,
        Some(word) => Some(Purpose::parse(word).ok_or(DeclarationFault::Purpose)?),
    };
    Ok(Declared {
        approval,
        purpose,
        fhir: None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        map
    }

    #[test]
    fn a_declaration_is_parsed_or_rejected_but_never_ignored() {
        assert_eq!(of_headers(&headers(&[])), Ok(Declared::default()));
        let both = of_headers(&headers(&[(APPROVAL, "2026-0001"), (PURPOSE, "disease-research")])).unwrap();
        assert_eq!(
            (both.approval.as_deref(), both.purpose),
            (Some("2026-0001"), Some(Purpose::DiseaseResearch))
        );
        for word in [
            "",
            "Disease-Research",
            "research",
            "disease-research,",
            "disease-research disease-research",
        ] {
            assert_eq!(of_headers(&headers(&[(PURPOSE, word)])), Err(DeclarationFault::Purpose), "{word}");
        }
        let twice = headers(&[(PURPOSE, "disease-research"), (PURPOSE, "disease-research")]);
        assert_eq!(of_headers(&twice), Err(DeclarationFault::Purpose));
        assert_eq!(of_headers(&headers(&[(APPROVAL, "")])), Err(DeclarationFault::Approval));
        let long = "x".repeat(256);
        assert_eq!(of_headers(&headers(&[(APPROVAL, &long)])), Err(DeclarationFault::Approval));
    }

    #[test]
    fn a_body_declares_its_use_in_its_gemj_members() {
        let declared = of_body(br#"{"regions": [], "gemjApproval": "a", "gemjPurpose": "biomedical-research"}"#).unwrap();
        assert_eq!(
            (declared.approval.as_deref(), declared.purpose),
            (Some("a"), Some(Purpose::BiomedicalResearch))
        );
        assert_eq!(of_body(b"{}"), Ok(Declared::default()));
        assert_eq!(of_body(b"{"), Ok(Declared::default()));
        assert_eq!(of_body(b"[\"a\"]"), Ok(Declared::default()));
        for wrong in [
            r#"{"gemjApproval": 5}"#,
            r#"{"gemjPurpose": []}"#,
            r#"{"gemjApproval": "a", "gemjApproval": "b"}"#,
            r#"{"gemjPurpose": "x"}"#,
        ] {
            assert!(of_body(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn headers_and_body_may_not_declare_the_same_member() {
        let purpose = Declared {
            purpose: Some(Purpose::BiomedicalResearch),
            ..Declared::default()
        };
        let approval = Declared {
            approval: Some("a".to_owned()),
            ..Declared::default()
        };
        let joined_both = joined(purpose.clone(), approval).unwrap();
        assert!(joined_both.approval.is_some() && joined_both.purpose.is_some());
        assert_eq!(joined(purpose.clone(), purpose), Err(DeclarationFault::Twice));
    }
}
