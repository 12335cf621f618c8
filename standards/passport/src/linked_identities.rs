//! The value of a LinkedIdentities visa.

use percent_encoding::percent_decode_str;

use crate::header::checked_text;
use crate::identity::Identity;
use crate::limits::{LINKED_IDENTITIES_MAX_COUNT, STRING_MAX_SCALARS};
use crate::reason::{ClaimName, Reason};

/// Parses `enc(sub),enc(iss)` joined by `;` (`Passport 1.2.1 § LinkedIdentities`). The value is split before percent-decoding, so an encoded
/// `,` or `;` stays part of a name. If the value were decoded first, a subject could contain a `;` and thereby add a second identity.
///
/// The visa's own identity also belongs to the linked identities, but the value does not contain it.
///
/// # Errors
/// [`Reason::LinkedIdentitiesMalformed`] if any entry is malformed. One malformed entry invalidates the whole value.
pub fn parse_linked_identities(value: &str) -> Result<Vec<Identity>, Reason> {
    let mut identities = Vec::new();
    for entry in value.split(';') {
        if identities.len() >= LINKED_IDENTITIES_MAX_COUNT {
            return Err(Reason::LinkedIdentitiesMalformed);
        }
        let (subject, issuer) = entry.split_once(',').ok_or(Reason::LinkedIdentitiesMalformed)?;
        if issuer.contains(',') {
            return Err(Reason::LinkedIdentitiesMalformed);
        }
        identities.push(Identity::new(&decode(issuer)?, &decode(subject)?));
    }
    Ok(identities)
}

fn decode(text: &str) -> Result<String, Reason> {
    let malformed = Reason::LinkedIdentitiesMalformed;
    // The percent-decoding crate leaves an invalid escape unchanged. This parser rejects an invalid escape.
    for (position, _) in text.match_indices('%') {
        let digits = text.as_bytes().get(position + 1..position + 3).ok_or(malformed)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(malformed);
        }
    }
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| malformed)?;
    checked_text(&decoded, STRING_MAX_SCALARS, ClaimName::VisaValue).map_err(|_| malformed)?;
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_split_before_decoding() {
        assert_eq!(
            parse_linked_identities("10001,https:%2F%2Fissuer1.example.org;abcd,https%3a%2f%2Fother.example"),
            Ok(vec![
                Identity::new("https://issuer1.example.org", "10001"),
                Identity::new("https://other.example", "abcd")
            ])
        );
        assert_eq!(
            parse_linked_identities("a%3Bb%2Cc,https%3A%2F%2Fi"),
            Ok(vec![Identity::new("https://i", "a;b,c")])
        );
    }

    #[test]
    fn one_malformed_entry_invalidates_the_value() {
        let many = vec!["a,b"; LINKED_IDENTITIES_MAX_COUNT + 1].join(";");
        for bad in [
            "",
            "a",
            "a,",
            ",b",
            "a,b;",
            "a,b;;c,d",
            "a%,b",
            "a%4,b",
            "a%zz,b",
            "a%ff,b",
            "a%00,b",
            "a,b,c",
            many.as_str(),
        ] {
            assert_eq!(parse_linked_identities(bad), Err(Reason::LinkedIdentitiesMalformed), "{bad}");
        }
    }
}
