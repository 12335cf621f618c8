//! The address of `server.listen`: an IP address and port, or a name of the loopback interface and a port.

use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};

use anyhow::{Context as _, bail};
use serde::Deserialize;

/// An address to listen on, as the configuration states it. A name is resolved when the gateway starts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct ListenAddress(String);

impl TryFrom<String> for ListenAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
        let parts = text.rsplit_once(':');
        let is_address = parts.is_some_and(|(host, port)| is_name(host) && port.parse::<u16>().is_ok());
        if is_address || text.parse::<SocketAddr>().is_ok() {
            Ok(Self(text))
        } else {
            Err("an address and a port are expected, such as 127.0.0.1:8080, [::1]:8080 or localhost:8080".to_owned())
        }
    }
}

impl std::fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl ListenAddress {
    /// The addresses to listen on: the stated address, or all loopback addresses of the stated name. A name that leads to another interface is
    /// refused, because a change of the name service would then change the reachability of the gateway.
    ///
    /// # Errors
    /// The name is unknown, or has no loopback address.
    pub(crate) fn addresses(&self) -> anyhow::Result<Vec<SocketAddr>> {
        if let Ok(address) = self.0.parse() {
            return Ok(vec![address]);
        }
        let found = self.0.to_socket_addrs();
        let found: Vec<SocketAddr> = found
            .with_context(|| format!("server.listen: the name in '{self}' cannot be resolved; write the IP address to listen on"))?
            .collect();
        let mut loopback: Vec<SocketAddr> = found.iter().copied().filter(|address| address.ip().is_loopback()).collect();
        loopback.sort();
        loopback.dedup();
        if loopback.is_empty() {
            let others: Vec<String> = found.iter().map(|address| address.ip().to_string()).collect();
            bail!(
                "server.listen: '{self}' is no name of the loopback interface (its addresses: {}); write the IP address to listen on",
                others.join(", ")
            );
        }
        Ok(loopback)
    }

    /// Opens a listening socket on each address. With port 0, all sockets get the same free port.
    ///
    /// # Errors
    /// No address can be used, or one of them is in use.
    pub(crate) fn bind(&self) -> anyhow::Result<Vec<TcpListener>> {
        let addresses = self.addresses()?;
        let mut listeners: Vec<TcpListener> = Vec::with_capacity(addresses.len());
        let mut failed = None;
        for mut address in addresses {
            if let (0, Some(first)) = (address.port(), listeners.first()) {
                address.set_port(first.local_addr()?.port());
            }
            match TcpListener::bind(address) {
                Ok(listener) => listeners.push(listener),
                // A machine without IPv6 still resolves localhost to ::1.
                Err(error) if error.kind() == std::io::ErrorKind::AddrNotAvailable => failed = Some((address, error)),
                Err(error) => return Err(not_bound(address, error)),
            }
        }
        match failed {
            Some((address, error)) if listeners.is_empty() => Err(not_bound(address, error)),
            _ => Ok(listeners),
        }
    }
}

fn not_bound(address: SocketAddr, error: std::io::Error) -> anyhow::Error {
    let remedy = match error.kind() {
        std::io::ErrorKind::AddrInUse => "another program uses the port (`ss -ltnp` shows it); stop it, or choose another port",
        std::io::ErrorKind::AddrNotAvailable => "no interface of this machine has this address; choose another address",
        std::io::ErrorKind::PermissionDenied => "ports below 1024 need a permission; choose a higher port, with a proxy in front",
        _ => "choose another address",
    };
    anyhow::Error::from(error).context(format!("server.listen: {address} cannot be used: {remedy}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn listen(text: &str) -> Result<ListenAddress, String> {
        ListenAddress::try_from(text.to_owned())
    }

    #[test]
    fn an_address_or_a_name_with_a_port_is_accepted_and_everything_else_is_refused() {
        for good in ["127.0.0.1:8080", "[::1]:8080", "0.0.0.0:0", "localhost:8080", "gateway.internal:80"] {
            assert!(listen(good).is_ok(), "{good}");
        }
        for bad in [
            "8080",
            "localhost",
            ":8080",
            "localhost:",
            "localhost:99999",
            "::1:x",
            "http://localhost:80",
            "a b:80",
            "",
            "[::1:80",
        ] {
            assert!(listen(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn localhost_is_every_loopback_address_and_one_port() {
        let address = listen("localhost:0").unwrap();
        assert!(address.addresses().unwrap().iter().all(|address| address.ip().is_loopback()));
        let bound = address.bind().unwrap();
        let ports: Vec<u16> = bound.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
        assert!(
            !ports.is_empty() && ports.iter().all(|port| *port == ports[0] && *port != 0),
            "{ports:?}"
        );
    }

    #[test]
    fn an_unknown_name_and_a_used_port_are_errors_with_a_remedy() {
        let unknown = listen("no-such-name.invalid:80").unwrap().addresses().unwrap_err();
        assert!(format!("{unknown:#}").contains("write the IP address"), "{unknown:#}");
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let used = listen(&taken.local_addr().unwrap().to_string()).unwrap().bind().unwrap_err();
        assert!(format!("{used:#}").contains("choose another port"), "{used:#}");
    }
}
