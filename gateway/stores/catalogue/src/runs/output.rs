//! The outputs of workflow runs, and their review state.

use gemj_model::Timestamp;

use crate::database::{Row, Value};
use crate::error::CatalogueError;
use crate::write::Write;

/// The review state of an output, which determines whether the run's owner may download the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutputState {
    /// The output is not yet reviewed.
    Held,
    /// A reviewer released the output.
    Released,
    /// A reviewer rejected the output.
    Rejected,
}

impl OutputState {
    /// The name of the state, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Released => "released",
            Self::Rejected => "rejected",
        }
    }

    /// Parses the output of [`OutputState::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Held, Self::Released, Self::Rejected]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// A new output of a run. Its first state is `Held`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRunOutput {
    /// The id of the output, unique in the programme.
    pub id: String,
    /// The name of the output within the run.
    pub name: String,
    /// The path of the output's file, relative to the run's own folder.
    pub path: String,
    /// The size of the output in bytes.
    pub size_bytes: u64,
    /// The SHA-256 of the output's bytes, in lower-case hex.
    pub sha256: String,
}

/// A stored output of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunOutput {
    /// The id of the output.
    pub id: String,
    /// The id of the run that created the output.
    pub run: String,
    /// The name of the output within the run.
    pub name: String,
    /// The path of the output's file, relative to the run's own folder.
    pub path: String,
    /// The size of the output in bytes.
    pub size_bytes: u64,
    /// The SHA-256 of the output's bytes, in lower-case hex.
    pub sha256: String,
    /// The review state of the output.
    pub state: OutputState,
    /// The pseudonym of the reviewer; absent while the output is held.
    pub reviewer: Option<String>,
    /// The reason for the reviewer's decision; absent while the output is held.
    pub reason: Option<String>,
    /// The time of the reviewer's decision; absent while the output is held.
    pub decided: Option<Timestamp>,
}

/// The columns that `output_of` reads, from a table with the alias `o`.
pub(super) const OUTPUT_COLUMNS: &str = "o.id, o.run, o.name, o.path, o.size_bytes, o.sha256, o.state, o.reviewer, o.reason, o.decided";

/// Reads an output from a row with the columns [`OUTPUT_COLUMNS`].
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

/// Adds the outputs of a run in order, with the state `Held`.
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
