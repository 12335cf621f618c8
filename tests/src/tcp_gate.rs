//! A loopback relay in front of a TCP server, which can be cut, silenced and opened again.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

/// What the relay does with bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Passes them on.
    Open,
    /// Has no connection and takes none.
    Cut,
    /// Takes connections and bytes and passes nothing on, until it is something else again.
    Silent,
    /// Is at its end.
    Ended,
}

#[derive(Debug)]
struct Shared {
    server: SocketAddr,
    state: Mutex<(State, Vec<TcpStream>)>,
    changed: Condvar,
}

/// The relay. Ends with its value.
#[derive(Debug)]
pub struct TcpGate {
    shared: Arc<Shared>,
    /// Where it listens.
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

    /// Passes everything on, what was kept back included.
    pub fn open(&self) {
        self.shared.set(State::Open);
    }

    /// Closes every connection and every one that comes.
    pub fn cut(&self) {
        self.shared.set(State::Cut);
    }

    /// Keeps every connection and every byte back: nobody is told that nothing arrives.
    pub fn silence(&self) {
        self.shared.set(State::Silent);
    }
}

impl Drop for TcpGate {
    fn drop(&mut self) {
        self.shared.set(State::Ended);
        // Wakes the thread that accepts.
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

    /// Waits while nothing is passed on; whether it is passed on then.
    fn may_pass(&self) -> bool {
        let guard = self.state.lock().unwrap();
        let guard = self.changed.wait_while(guard, |(state, _)| *state == State::Silent).unwrap();
        guard.0 == State::Open
    }

    fn relay(self: &Arc<Self>, client: TcpStream) {
        // Kept before the wait, so that cutting reaches it.
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

    /// Remembers a connection; false where there is to be none.
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
    fn it_passes_on_keeps_back_and_cuts() {
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
            assert_eq!(byte, [said], "what was kept back arrives");
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
