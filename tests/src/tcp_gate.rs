//! A TCP relay on loopback in front of a server. A test can cut, silence and reopen the relay.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

/// The state of the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The relay passes all bytes on.
    Open,
    /// The relay closes all connections, also each new connection.
    Cut,
    /// The relay accepts connections and bytes, and passes no bytes on until the state changes.
    Silent,
    /// The relay has ended.
    Ended,
}

#[derive(Debug)]
struct Shared {
    server: SocketAddr,
    state: Mutex<(State, Vec<TcpStream>)>,
    changed: Condvar,
}

/// A running relay. It ends when the value is dropped.
#[derive(Debug)]
pub struct TcpGate {
    shared: Arc<Shared>,
    /// The address on which the relay listens.
    pub address: SocketAddr,
}

impl TcpGate {
    /// An open relay in front of a server on this machine.
    #[must_use]
    pub fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            server,
            state: Mutex::new((State::Open, Vec::new())),
            changed: Condvar::new(),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { continue };
                if accepting.state() == State::Ended {
                    return;
                }
                let shared = Arc::clone(&accepting);
                std::thread::spawn(move || shared.relay(client));
            }
        });
        Self { shared, address }
    }

    /// Opens the relay. It passes all bytes on, also the bytes that it held back.
    pub fn open(&self) {
        self.shared.set(State::Open);
    }

    /// Closes every open connection and every new connection.
    pub fn cut(&self) {
        self.shared.set(State::Cut);
    }

    /// Silences the relay: it holds back all bytes, and the peers get no error.
    pub fn silence(&self) {
        self.shared.set(State::Silent);
    }
}

impl Drop for TcpGate {
    fn drop(&mut self) {
        self.shared.set(State::Ended);
        // A connection to the relay itself ends the wait of the accepting thread.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn state(&self) -> State {
        self.state.lock().unwrap().0
    }

    fn set(&self, state: State) {
        let mut guard = self.state.lock().unwrap();
        guard.0 = state;
        if matches!(state, State::Cut | State::Ended) {
            for stream in guard.1.drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
        drop(guard);
        self.changed.notify_all();
    }

    /// Waits while the relay is silent. Returns true if the relay is open afterwards.
    fn may_pass(&self) -> bool {
        let guard = self.state.lock().unwrap();
        let guard = self.changed.wait_while(guard, |(state, _)| *state == State::Silent).unwrap();
        guard.0 == State::Open
    }

    fn relay(self: &Arc<Self>, client: TcpStream) {
        // The connection is stored before the wait, so that a cut during the wait closes it.
        if !self.keep(&client) || !self.may_pass() {
            let _ = client.shutdown(Shutdown::Both);
            return;
        }
        let Ok(server) = TcpStream::connect(self.server) else {
            let _ = client.shutdown(Shutdown::Both);
            return;
        };
        if !self.keep(&server) {
            let _ = client.shutdown(Shutdown::Both);
            return;
        }
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (Ok(from_client), Ok(from_server)) = (client.try_clone(), server.try_clone()) else {
            return;
        };
        let shared = Arc::clone(self);
        std::thread::spawn(move || shared.copy(from_client, server));
        self.copy(from_server, client);
    }

    /// Stores a connection, so that a cut can close it. Returns false if the relay accepts no connections now.
    fn keep(&self, stream: &TcpStream) -> bool {
        let mut guard = self.state.lock().unwrap();
        let wanted = matches!(guard.0, State::Open | State::Silent);
        if let (true, Ok(copy)) = (wanted, stream.try_clone()) {
            guard.1.push(copy);
        }
        wanted
    }

    fn copy(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if !self.may_pass() || to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                std::thread::spawn(move || {
                    let mut byte = [0];
                    while stream.read_exact(&mut byte).is_ok() && stream.write_all(&byte).is_ok() {}
                });
            }
        });
        address
    }

    fn heard(stream: &mut TcpStream, said: u8) -> bool {
        let mut byte = [0];
        stream.write_all(&[said]).is_ok() && stream.read_exact(&mut byte).is_ok() && byte == [said]
    }

    #[test]
    fn an_open_gate_passes_bytes_a_silent_gate_holds_them_back_and_a_cut_gate_closes() {
        let gate = TcpGate::before(echo());
        let mut one = TcpStream::connect(gate.address).unwrap();
        assert!(heard(&mut one, 1));
        gate.silence();
        let mut two = TcpStream::connect(gate.address).unwrap();
        let deadline = std::time::Duration::from_millis(200);
        for stream in [&one, &two] {
            stream.set_read_timeout(Some(deadline)).unwrap();
        }
        assert!(!heard(&mut one, 2) && !heard(&mut two, 3));
        gate.open();
        for (stream, said) in [(&mut one, 2), (&mut two, 3)] {
            stream.set_read_timeout(None).unwrap();
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            assert_eq!(byte, [said], "the bytes that were held back arrive");
        }
        gate.cut();
        assert!(!heard(&mut one, 4) && !heard(&mut two, 5));
        let refused = TcpStream::connect(gate.address).is_ok_and(|mut three| heard(&mut three, 6));
        assert!(!refused);
        gate.open();
        let mut four = TcpStream::connect(gate.address).unwrap();
        assert!(heard(&mut four, 7));
    }
}
