//! The outputs of runs.

use gemj_model::Timestamp;

use crate::database::{Row, Value};
use crate::error::CatalogueError;
use crate::write::Write;

/// The review state of an output, which determines whether the output may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutputState {
    /// Not yet reviewed.
    Held,
    /// A reviewer released the output.
    Released,
    /// A reviewer rejected the output.
    Rejected,
}

impl OutputState {
    /// The lower-case word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Released => "released",
            Self::Rejected => "rejected",
        }
    }

    /// Parses the word written by [`OutputState::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Held, Self::Released, Self::Rejected]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// An output to record. Its first state is `Held`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRunOutput {
    /// The id, unique in the programme.
    pub id: String,
    /// The name within the run.
    pub name: String,
    /// The path of the bytes, relative to the run's own folder.
    pub path: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the bytes, lower-case hex.
    pub sha256: String,
}

/// An output of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunOutput {
    /// The id.
    pub id: String,
    /// The run that made the output.
    pub run: String,
    /// The name within the run.
    pub name: String,
    /// The path of the bytes, relative to the run's own folder.
    pub path: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the bytes, lower-case hex.
    pub sha256: String,
    /// The review state.
    pub state: OutputState,
    /// The pseudonym of the reviewer; absent while held.
    pub reviewer: Option<String>,
    /// The reason of the decision; absent while held.
    pub reason: Option<String>,
    /// The time of the decision; absent while held.
    pub decided: Option<Timestamp>,
}

/// The columns that `output_of` reads, from the alias `o`.
pub(super) const OUTPUT_COLUMNS: &str = "o.id, o.run, o.name, o.path, o.size_bytes, o.sha256, o.state, o.reviewer, o.reason, o.decided";

/// Reads [`OUTPUT_COLUMNS`].
pub(super) fn output_of(row: &Row) -> Result<RunOutput, CatalogueError> {
    Ok(RunOutput {
        id: row.text(0, "output id")?,
        run: row.text(1, "run id")?,
        name: row.text(2, "output name")?,
        path: row.text(3, "output path")?,
        size_bytes: row.count(4, "output size")?,
        sha256: row.text(5, "output sha256")?,
        state: row.parsed(6, "output state", |text| OutputState::parse(text).ok_or(()))?,
        reviewer: row.maybe_text(7, "output reviewer")?,
        reason: row.maybe_text(8, "output reason")?,
        decided: row.maybe_int(9, "output decided")?.map(Timestamp),
    })
}

/// Adds a run's outputs, as held, in order.
pub(super) async fn add_outputs(write: &mut Write, run: &str, outputs: &[NewRunOutput]) -> Result<(), CatalogueError> {
    let mut rows: Vec<[Value; 8]> = Vec::with_capacity(outputs.len());
    for (output, position) in outputs.iter().zip(0_u64..) {
        rows.push([
            Value::outside(&output.id, "output id")?,
            run.into(),
            Value::count(position, "position")?,
            Value::outside(&output.name, "output name")?,
            Value::outside(&output.path, "output path")?,
            Value::count(output.size_bytes, "size_bytes")?,
            Value::outside(&output.sha256, "sha256")?,
            OutputState::Held.as_str().into(),
        ]);
    }
    let into = "run_output (id, run, position, name, path, size_bytes, sha256, state)";
    write.transaction.insert(into, rows).await
}
