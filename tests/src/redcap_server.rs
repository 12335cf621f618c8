//! A server with the API of REDCap for one project, written in Python from the documentation of the API: `oracles/redcap_server.py`.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::client::Client;

/// The token of the project.
pub const TOKEN: &str = "5EC0DE5EC0DE5EC0DE5EC0DE5EC0DE99";

/// A running server. It ends with the value.
#[derive(Debug)]
pub struct RedcapServer {
    process: Child,
    control: Client,
    /// The address of the API.
    pub api: String,
}

impl RedcapServer {
    /// Starts a server with a project of 30 records on a free port of loopback.
    #[must_use]
    pub fn start() -> Self {
        let mut process = crate::oracle::script("redcap_server.py")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        let _ = BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let base = format!("http://127.0.0.1:{}", port.trim());
        Self {
            process,
            control: Client::new(&base),
            api: format!("{base}/api/"),
        }
    }

    /// Changes the project, or asks about the requests; see `control` in the script.
    pub fn control(&self, order: &Value) -> Value {
        self.control.post("/control", None, order).expect(200).json()
    }

    /// Deletes a record, as a user of the project does. The logging states it.
    pub fn delete(&self, record: &str) {
        let _ = self.control(&json!({"do": "delete", "record": record}));
    }
}

impl Drop for RedcapServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
