//! Determines the address of the client that sent a request.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;

/// The address of a request's client. Behind a configured proxy, this is the last address in `X-Forwarded-For` that is not a configured proxy.
/// If the request does not come from a configured proxy, the header is ignored.
pub(crate) fn of(request: &HttpRequest, trusted_proxies: &[IpAddr]) -> IpAddr {
    let peer = request
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |a| a.ip().to_canonical());
    behind(peer, request.headers(), trusted_proxies)
}

fn behind(peer: IpAddr, headers: &HeaderMap, trusted_proxies: &[IpAddr]) -> IpAddr {
    if !trusted_proxies.contains(&peer) {
        return peer;
    }
    let lists: Vec<&str> = headers.get_all("x-forwarded-for").filter_map(|v| v.to_str().ok()).collect();
    let mut last = peer;
    for text in lists.iter().rev().flat_map(|list| list.rsplit(',')) {
        // An entry that is not an address cannot come from a configured proxy. Earlier entries are ignored.
        let Ok(address) = text.trim().parse::<IpAddr>() else { break };
        last = address.to_canonical();
        if !trusted_proxies.contains(&last) {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn only_a_configured_proxy_is_trusted() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let proxies = [ip("10.0.0.1"), ip("10.0.0.2")];
        let of = |peer: &str, values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_str(value).unwrap());
            }
            behind(ip(peer), &headers, &proxies)
        };
        assert_eq!(of("192.0.2.7", &["198.51.100.1"]), ip("192.0.2.7"));
        assert_eq!(of("10.0.0.1", &[]), ip("10.0.0.1"));
        assert_eq!(of("10.0.0.1", &["198.51.100.1"]), ip("198.51.100.1"));
        assert_eq!(of("10.0.0.1", &["203.0.113.9, 198.51.100.1, 10.0.0.2"]), ip("198.51.100.1"));
        assert_eq!(of("10.0.0.1", &["203.0.113.9", "198.51.100.1"]), ip("198.51.100.1"));
        assert_eq!(of("10.0.0.1", &["198.51.100.1, nonsense"]), ip("10.0.0.1"));
    }
}
