//! The client's TLS certificate. The proxy in front of the gateway, at which TLS ends, forwards the certificate in a header (RFC 9440).

use actix_web::HttpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::credentials::one;
use super::flow::Refusal;
use super::gateway::Gateway;

/// Maximum length of the encoded certificate in the header, in bytes.
const MAX_BYTES: usize = 16 * 1024;

/// The client's certificate in DER. Absent if the client presented no certificate, or if no header is configured. Also absent if the request
/// does not come from a configured proxy, because any client can send the header.
pub(crate) fn of(gateway: &Gateway, request: &HttpRequest) -> Result<Option<Vec<u8>>, Refusal> {
    let Some(name) = &gateway.client_certificate_header else {
        return Ok(None);
    };
    let from_proxy = request
        .peer_addr()
        .is_some_and(|peer| gateway.trusted_proxies.contains(&peer.ip().to_canonical()));
    if !from_proxy {
        return Ok(None);
    }
    let Some(text) = one(request, name, "the client certificate occurs more than once")? else {
        return Ok(None);
    };
    let der = byte_sequence(text).ok_or(Refusal::Credentials("the client certificate cannot be read"))?;
    Ok(Some(der))
}

/// Decodes a byte sequence of structured fields: base64 between colons (RFC 8941 § 3.3.5).
fn byte_sequence(text: &str) -> Option<Vec<u8>> {
    let inner = text.trim().strip_prefix(':')?.strip_suffix(':')?;
    if inner.is_empty() || inner.len() > MAX_BYTES {
        return None;
    }
    STANDARD.decode(inner).ok()
}

#[cfg(test)]
mod tests {
    use super::byte_sequence;

    #[test]
    fn a_certificate_is_base64_between_colons() {
        assert_eq!(byte_sequence(":AQID:"), Some(vec![1, 2, 3]));
        for other in ["", ":", "::", "AQID", ":AQID", ":AQI:", ":AQID:x", "-----BEGIN CERTIFICATE-----"] {
            assert_eq!(byte_sequence(other), None, "{other}");
        }
    }
}
