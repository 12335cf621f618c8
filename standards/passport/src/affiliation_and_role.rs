//! The value of an AffiliationAndRole visa.

/// A role and an organisation (`Passport 1.2.1 § AffiliationAndRole`): `role@organization`, split at the first `@`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AffiliationAndRole<'a> {
    /// `faculty`, `student`, `member`, or a custom `namespace.role`.
    pub role: &'a str,
    /// The organisation, usually a domain name; `no.organization` if the person belongs to no organisation.
    pub organization: &'a str,
}

impl<'a> AffiliationAndRole<'a> {
    /// Parses the value of an AffiliationAndRole visa. `None` if the value has no `@`, has no organisation, or has a role outside the grammar.
    #[must_use]
    pub fn parse(value: &'a str) -> Option<Self> {
        let (role, organization) = value.split_once('@')?;
        let standard = matches!(role, "faculty" | "student" | "member");
        let custom = role
            .split_once('.')
            .is_some_and(|(namespace, name)| is_role_word(namespace) && is_role_word(name));
        (!organization.is_empty() && (standard || custom)).then_some(Self { role, organization })
    }
}

/// Whether one dot-separated part of a role matches `[a-z][a-z0-9_-]*`.
fn is_role_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_split_at_the_first_at_sign() {
        let parsed = AffiliationAndRole::parse("faculty@a@b.example");
        assert_eq!(
            parsed,
            Some(AffiliationAndRole {
                role: "faculty",
                organization: "a@b.example"
            })
        );
        assert!(AffiliationAndRole::parse("nih.lab-member_2@nih.example").is_some());
        for bad in [
            "faculty",
            "@a.example",
            "faculty@",
            "Faculty@a.example",
            "dean@a.example",
            "a.b.c@x",
            ".b@x",
            "9a.b@x",
        ] {
            assert_eq!(AffiliationAndRole::parse(bad), None, "{bad}");
        }
    }
}
