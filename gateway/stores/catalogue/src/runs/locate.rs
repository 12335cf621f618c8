//! Reads the data of a run that a decision needs, and no other data of the run.

use gemj_access::{LocatedObject, LocatedRun, Owners};
use gemj_model::{DatasetId, FileFormat, ObjectId, Ordinal};

use super::output::OutputState;
use super::row::projects_of;
use crate::catalogue::Catalogue;
use crate::database::Row;
use crate::error::CatalogueError;

/// The data of an output that a decision needs. The look-up needs no Grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedOutput {
    /// The run that created the output.
    pub run: LocatedRun,
    /// The review state of the output.
    pub state: OutputState,
}

impl Catalogue {
    /// Finds the owner, the projects and the input files of a run, for a decision. Absent for an unknown id.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn locate_run(&self, id: &str) -> Result<Option<LocatedRun>, CatalogueError> {
        if id.contains('\0') {
            return Ok(None);
        }
        let sql = "SELECT owner, projects FROM run WHERE id = $1";
        let rows = self.database.fetch_all(sql, vec![id.into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        // The inputs of a run never change. A second statement therefore reads the matching inputs.
        let sql = "SELECT i.object, o.dataset, o.format, s.ordinal FROM run_input i LEFT JOIN data_object o ON o.id = i.object AND o.status = 'served' \
                   LEFT JOIN object_sample s ON s.object = o.id WHERE i.run = $1 ORDER BY i.position, s.position";
        let mut inputs: Vec<(String, Option<LocatedObject>, Vec<Option<Ordinal>>)> = Vec::new();
        for row in self.database.fetch_all(sql, vec![id.into()]).await? {
            let object = row.text(0, "run input")?;
            if inputs.last().is_none_or(|(last, _, _)| *last != object) {
                inputs.push((object, input_of(&row)?, Vec::new()));
            }
            if let Some((_, Some(_), samples)) = inputs.last_mut() {
                samples.push(row.maybe_ordinal(3)?);
            }
        }
        Ok(Some(LocatedRun {
            id: id.to_owned(),
            owner: row.text(0, "run owner")?,
            projects: projects_of(row, 1)?,
            inputs: inputs
                .into_iter()
                .map(|(_, input, samples)| {
                    Some(LocatedObject {
                        samples: samples.into(),
                        ..input?
                    })
                })
                .collect(),
        }))
    }

    /// Finds the run and the review state of an output, for a decision. Absent for an unknown id.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn locate_run_output(&self, id: &str) -> Result<Option<LocatedOutput>, CatalogueError> {
        if id.contains('\0') {
            return Ok(None);
        }
        let sql = "SELECT run, state FROM run_output WHERE id = $1";
        let rows = self.database.fetch_all(sql, vec![id.into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let state = row.parsed(1, "output state", |text| OutputState::parse(text).ok_or(()))?;
        let run = self.locate_run(&row.text(0, "run id")?).await?;
        let run = run.ok_or(CatalogueError::Corrupt { what: "output's run" })?;
        Ok(Some(LocatedOutput { run, state }))
    }
}

/// Reads an input file of a run, without its samples. Absent if the file is no longer served.
fn input_of(row: &Row) -> Result<Option<LocatedObject>, CatalogueError> {
    let Some(dataset) = row.maybe_parsed(1, "dataset", DatasetId::parse)? else {
        return Ok(None);
    };
    let format = row.parsed(2, "format", |text| FileFormat::parse(text).ok_or(()))?;
    Ok(Some(LocatedObject {
        id: row.parsed(0, "run input", ObjectId::parse)?,
        dataset,
        kind: format.data_kind(),
        samples: Owners::from(Vec::new()),
    }))
}
