//! A real, independent S3 server (s3s-fs) in this process, on a free port.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;

/// The access key's id.
pub const ACCESS_KEY_ID: &str = "gemj-test";
/// The access key.
pub const SECRET_ACCESS_KEY: &str = "gemj-test-secret";

/// A running server. It ends with the value.
#[derive(Debug)]
pub struct S3Server {
    /// The server's address.
    pub endpoint: String,
    connections: Arc<AtomicU64>,
    _runtime: tokio::runtime::Runtime,
}

impl S3Server {
    /// Serves a folder. Each bucket is a folder below it.
    #[must_use]
    pub fn start(root: &Path) -> Self {
        let mut service = S3ServiceBuilder::new(FileSystem::new(root).unwrap());
        service.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET_ACCESS_KEY));
        let service = service.build();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let connections = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&connections);
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                counter.fetch_add(1, Ordering::Relaxed);
                let service = service.clone();
                tokio::spawn(async move {
                    let server = auto::Builder::new(TokioExecutor::new());
                    // The server ignores a client that closes the connection.
                    let _ = server.serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        Self {
            endpoint,
            connections,
            _runtime: runtime,
        }
    }

    /// The number of connections that the server has accepted.
    #[must_use]
    pub fn connection_count(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }
}
