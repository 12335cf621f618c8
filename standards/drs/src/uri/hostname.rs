/// The name of a DRS server in a `drs://` URI: a DNS name or an IPv4 address, lower case, without port.
///
/// "The protocol is always https and the port is always the standard 443 SSL port" (DRS 1.5 § Hostname-based DRS URIs). An IPv6 address is not
/// possible, because it contains colons.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hostname(String);

impl Hostname {
    /// Parses a host name without a port; `None` if the text is not a host name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let is_label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                // Host names contain no underscores by the standard, but some host names in private networks do. The parser therefore accepts
                // `_`.
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        (name.len() <= 253 && name.split('.').all(is_label)).then(|| Self(name.to_ascii_lowercase()))
    }

    /// Parses the host of `authority`; `None` if the host is not a host name. The authority may end in `:port`, as in the public address of a
    /// server.
    ///
    /// Any port is removed, because a valid `drs://` URI cannot contain a port. Servers on a port other than 443 exist only in tests, where the
    /// clients add the port themselves.
    #[must_use]
    pub fn from_authority(authority: &str) -> Option<Self> {
        match authority.split_once(':') {
            None => Self::parse(authority),
            Some((name, port)) if port.parse::<u16>().is_ok() => Self::parse(name),
            Some(_) => None,
        }
    }

    /// The host name as text, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `prefix:rest` looks like a host, a port (possibly empty) and a path, and not like a compact identifier.
pub(super) fn looks_like_port(prefix: &str, rest: &str) -> bool {
    let port = rest.split('/').next().unwrap_or_default();
    let is_port = rest.contains('/') && port.bytes().all(|byte| byte.is_ascii_digit()) && port.len() <= 5;
    let is_host = prefix.contains('.') || prefix.contains('-') || prefix.eq_ignore_ascii_case("localhost");
    is_port && is_host && Hostname::parse(prefix).is_some()
}
