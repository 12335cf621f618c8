//! The visa object: the content of the claim `ga4gh_visa_v1`.

use std::fmt;

use serde_json::Value;

use crate::conditions::Conditions;
use crate::header::{checked_text, optional_string, required_string};
use crate::limits::STRING_MAX_SCALARS;
use crate::numeric_date::NumericDate;
use crate::reason::{ClaimName, Reason};
use crate::registered_claims::optional_date;
use crate::visa::{AssertedBy, VisaType};

/// The content of `ga4gh_visa_v1` (`Passport 1.2.1 § GA4GH Visa Object Format`). Values are opaque: they are compared as whole strings,
/// case-sensitively, and URLs in them are never fetched.
#[derive(Clone)]
pub struct VisaObject {
    /// `type`: the kind of assertion.
    pub visa_type: VisaType,
    /// `asserted`: the time when the source made or last confirmed the assertion.
    pub asserted: NumericDate,
    /// `value`: the asserted fact, such as a role or the URL of a dataset.
    pub value: String,
    /// `source`: the organisation that made the assertion.
    pub source: String,
    /// `by`; `None` if absent. An absent `by` satisfies no policy that requires a value.
    pub by: Option<AssertedBy>,
    /// `conditions`; `None` if absent, null or empty.
    pub conditions: Option<Conditions>,
    /// The string members that have no field in this struct, as pairs of name and value. The conditions of other visas may refer to these
    /// members.
    others: Vec<(String, String)>,
}

impl VisaObject {
    /// Parses a visa object. Unknown members are ignored, as the specification requires.
    ///
    /// # Errors
    /// A [`Reason`] if the value is not an object, if a member is missing, has the wrong type, is empty or is too long, if `by` is unknown or
    /// absent although the type requires it, or if the conditions are malformed.
    pub fn parse(claim: &Value) -> Result<Self, Reason> {
        let members = claim.as_object().ok_or(Reason::ClaimMalformed(ClaimName::Visa))?;
        let type_text = required_string(members, "type", ClaimName::VisaType)?;
        checked_text(type_text, STRING_MAX_SCALARS, ClaimName::VisaType)?;
        let visa_type = VisaType::parse(type_text);
        let asserted = optional_date(members, "asserted", ClaimName::VisaAsserted)?.ok_or(Reason::ClaimMissing(ClaimName::VisaAsserted))?;
        let value = required_string(members, "value", ClaimName::VisaValue)?;
        checked_text(value, value_max_scalars(&visa_type), ClaimName::VisaValue)?;
        let source = required_string(members, "source", ClaimName::VisaSource)?;
        checked_text(source, STRING_MAX_SCALARS, ClaimName::VisaSource)?;
        let by = match optional_string(members, "by", ClaimName::VisaBy)? {
            Some(text) => Some(AssertedBy::parse(text).ok_or(Reason::ClaimMalformed(ClaimName::VisaBy))?),
            None if visa_type.requires_by() => return Err(Reason::VisaByMissing),
            None => None,
        };
        let conditions = members.get("conditions").map(Conditions::parse).transpose()?.flatten();
        let others = members
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "type" | "value" | "source" | "by"))
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect();
        Ok(Self {
            visa_type,
            asserted,
            value: value.to_owned(),
            source: source.to_owned(),
            by,
            conditions,
            others,
        })
    }

    /// A string member by its JSON name, for a condition; `None` if the member is absent or not a string.
    #[must_use]
    pub fn string_member(&self, name: &str) -> Option<&str> {
        match name {
            "type" => Some(self.visa_type.as_str()),
            "value" => Some(&self.value),
            "source" => Some(&self.source),
            "by" => self.by.map(AssertedBy::as_str),
            _ => self.others.iter().find(|(other, _)| other == name).map(|(_, text)| text.as_str()),
        }
    }
}

/// The maximum length of `value`, in Unicode scalars. A LinkedIdentities value lists many identities, and only the size of the visa limits it.
/// Every other value is a URL or a shorter text.
fn value_max_scalars(visa_type: &VisaType) -> usize {
    match visa_type {
        VisaType::LinkedIdentities => usize::MAX,
        VisaType::AffiliationAndRole
        | VisaType::AcceptedTermsAndPolicies
        | VisaType::ResearcherStatus
        | VisaType::ControlledAccessGrants
        | VisaType::Custom(_) => STRING_MAX_SCALARS,
    }
}

impl fmt::Debug for VisaObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VisaObject")
            .field("visa_type", &self.visa_type)
            .field("by", &self.by)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn grant() -> Value {
        json!({"type": "ControlledAccessGrants", "asserted": 1_700_000_000, "value": "https://d.example/1", "source": "https://dac.example", "by": "dac"})
    }

    fn changed(name: &str, value: Value) -> Result<VisaObject, Reason> {
        let mut object = grant();
        object[name] = value;
        VisaObject::parse(&object)
    }

    #[test]
    fn a_grant_parses() {
        let visa = VisaObject::parse(&grant()).unwrap();
        assert_eq!(visa.visa_type, VisaType::ControlledAccessGrants);
        assert_eq!(
            (visa.value.as_str(), visa.source.as_str(), visa.by),
            ("https://d.example/1", "https://dac.example", Some(AssertedBy::Dac))
        );
        assert!(changed("unknown", json!({"x": [1]})).is_ok());
        assert_eq!(changed("note", json!("n")).unwrap().string_member("note"), Some("n"));
    }

    #[test]
    fn members_of_the_wrong_type_are_rejected() {
        let long = "x".repeat(256);
        for (name, value, claim) in [
            ("type", json!(7), ClaimName::VisaType),
            ("type", json!(""), ClaimName::VisaType),
            ("asserted", json!("1700000000"), ClaimName::VisaAsserted),
            ("asserted", json!(1_700_000_000_000_i64), ClaimName::VisaAsserted),
            ("value", json!(["https://d.example/1"]), ClaimName::VisaValue),
            ("value", json!(long), ClaimName::VisaValue),
            ("value", json!(""), ClaimName::VisaValue),
            ("source", json!(null), ClaimName::VisaSource),
            ("by", json!("DAC"), ClaimName::VisaBy),
            ("by", json!(null), ClaimName::VisaBy),
        ] {
            assert_eq!(
                changed(name, value.clone()).err(),
                Some(Reason::ClaimMalformed(claim)),
                "{name} {value}"
            );
        }
        for bad in [json!("ControlledAccessGrants"), json!(null), json!([grant()])] {
            assert_eq!(VisaObject::parse(&bad).err(), Some(Reason::ClaimMalformed(ClaimName::Visa)));
        }
        let mut without_by = grant();
        without_by.as_object_mut().unwrap().remove("by");
        assert_eq!(VisaObject::parse(&without_by).err(), Some(Reason::VisaByMissing));
    }
}
