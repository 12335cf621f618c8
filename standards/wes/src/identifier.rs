use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// The longest accepted id, in bytes.
const MAX_LENGTH_BYTES: usize = 128;

/// Whether `id` can be a segment of a path without percent-encoding: 1 to 128 unreserved characters (RFC 3986 § 2.3), but not `.` or `..`.
fn is_plain(id: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    !id.is_empty() && id.len() <= MAX_LENGTH_BYTES && id.bytes().all(is_unreserved) && id != "." && id != ".."
}

/// The id of a run, as the server made it: 1 to 128 unreserved characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(String);

impl RunId {
    /// Parses a run id; `None` if the text cannot be a run id. The server must treat `None` as an unknown run (not found).
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        is_plain(id).then(|| Self(id.to_owned()))
    }

    /// The run id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A run id is written as `{"run_id": ...}`, which is the answer to RunWorkflow and CancelRun (WES 1.1.0 § RunId).
impl Serialize for RunId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_struct("RunId", 1)?;
        members.serialize_field("run_id", &self.0)?;
        members.end()
    }
}

/// The id of a task within its run: 1 to 128 unreserved characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct TaskId(String);

impl TaskId {
    /// Parses a task id; `None` if the text cannot be a task id. The server must treat `None` as an unknown task (not found).
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        is_plain(id).then(|| Self(id.to_owned()))
    }

    /// The id of the task at `index`, counted from 0 in the order of the list.
    #[must_use]
    pub fn of_index(index: usize) -> Self {
        Self(index.to_string())
    }

    /// The task id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
