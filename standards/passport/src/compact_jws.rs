//! A strict parser of the compact serialization of a JWS.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::reason::Reason;

/// Unpadded base64url that also rejects non-zero trailing bits, so that one signature has exactly one text. Otherwise a changed last character
/// would make a second valid text of the same token. That text would pass deny lists and caches whose key is the text.
const STRICT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(false),
);

/// Decodes strict unpadded base64url.
pub(crate) fn decode_base64url(text: &str) -> Result<Vec<u8>, Reason> {
    STRICT.decode(text).map_err(|_| Reason::BadBase64url)
}

/// The three parts of a compact JWS (`RFC 7515 § 7.1`), decoded.
///
/// [`CompactJws::parse`] rejects the JSON serializations, JWE (five parts), detached payloads (empty part), padding, whitespace and line
/// breaks.
pub struct CompactJws<'a> {
    /// The JOSE header, decoded: JSON, not yet parsed.
    pub header: Vec<u8>,
    /// The payload, decoded: JSON, not yet parsed.
    pub payload: Vec<u8>,
    /// The signature, decoded from base64url.
    pub signature: Vec<u8>,
    /// The signature as received, in base64url.
    pub signature_base64url: &'a str,
    /// The signed text: header and payload as in the token, with the dot between them.
    pub signing_input: &'a str,
}

impl<'a> CompactJws<'a> {
    /// Splits a compact JWS into its three parts and decodes them.
    ///
    /// # Errors
    /// [`Reason::TokenTooLarge`] above `max_bytes`, [`Reason::NotCompactJws`] or [`Reason::BadBase64url`].
    pub fn parse(token: &'a str, max_bytes: usize) -> Result<Self, Reason> {
        if token.len() > max_bytes {
            return Err(Reason::TokenTooLarge);
        }
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err(Reason::NotCompactJws);
        };
        if header.is_empty() || payload.is_empty() || signature.is_empty() {
            return Err(Reason::NotCompactJws);
        }
        let signing_input = token.get(..header.len() + 1 + payload.len()).ok_or(Reason::NotCompactJws)?;
        Ok(Self {
            header: decode_base64url(header)?,
            payload: decode_base64url(payload)?,
            signature: decode_base64url(signature)?,
            signature_base64url: signature,
            signing_input,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_token_of_three_canonical_parts_parses() {
        let jws = CompactJws::parse("e30.e30.AAE", 100).unwrap();
        assert_eq!(
            (jws.header.as_slice(), jws.payload.as_slice(), jws.signature.as_slice()),
            (&b"{}"[..], &b"{}"[..], &[0u8, 1][..])
        );
        assert_eq!(jws.signing_input, "e30.e30");
    }

    #[test]
    fn every_other_form_is_rejected() {
        for token in [
            "",
            ".",
            "..",
            "e30.e30",
            "e30.e30.",
            ".e30.AA",
            "e30..AA",
            "e30.e30.AA.AA",
            "e30.e30.AA.AA.AA",
            "e30.e30.AA==",
            "e30.e30.A",
            " e30.e30.AA",
            "e30.e30.AA\n",
            "e3 0.e30.AA",
            "e30=.e30.AA",
            "e30.e30.A+",
            "e30.e30.A/",
            "e30.e30.AB",
            "{\"payload\":\"e30\"}",
            "é30.e30.AA",
        ] {
            assert!(CompactJws::parse(token, 100).is_err(), "{token:?}");
        }
        assert_eq!(CompactJws::parse("e30.e30.AAAA", 11).err(), Some(Reason::TokenTooLarge));
    }
}
