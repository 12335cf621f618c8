//! The interpretations of alleles in case reports, and the names that case reports use for alleles.

use std::collections::HashMap;

use gemj_model::{
    AlleleInterpretation, CarrierObservation, CaseProgress, DatasetId, FindingKind, FindingStatus, Pathogenicity, StatedDisease,
};

use crate::database::{Row, Value};
use crate::error::CatalogueError;
use crate::write::Write;

/// The columns of an interpretation, from a table with the alias `i`, in the order in which [`interpretation_at`] reads them.
pub(crate) const INTERPRETATION_COLUMNS: &str = "i.progress, i.status, i.pathogenicity, i.kind, i.disease_code, i.disease_label";

/// Adds the interpretations of observations. The first observation has the id `first`, and the following ones have consecutive ids.
pub(crate) async fn add_interpretations(write: &mut Write, first: i64, carriers: &[CarrierObservation]) -> Result<(), CatalogueError> {
    let mut rows: Vec<[Value; 8]> = Vec::new();
    for (carrier, observation) in carriers.iter().zip(first..) {
        for (interpretation, position) in carrier.interpretations.iter().zip(0i64..) {
            let disease = interpretation.disease.as_ref();
            rows.push([
                observation.into(),
                position.into(),
                interpretation.progress.as_str().into(),
                interpretation.status.as_str().into(),
                interpretation.pathogenicity.as_str().into(),
                interpretation.kind.as_str().into(),
                Value::maybe_outside(disease.map(|disease| disease.code.as_str()), "disease")?,
                Value::maybe_outside(disease.map(|disease| disease.label.as_str()), "disease")?,
            ]);
        }
    }
    let into = "allele_interpretation (observation, position, progress, status, pathogenicity, kind, disease_code, disease_label)";
    write.transaction.insert(into, rows).await
}

/// Adds the names that reports use for the alleles of observations. The first observation has the id `first`, and the following ones have
/// consecutive ids.
pub(crate) async fn add_reported_names(
    write: &mut Write,
    first: i64,
    dataset: &DatasetId,
    carriers: &[CarrierObservation],
) -> Result<(), CatalogueError> {
    let mut rows: Vec<[Value; 6]> = Vec::new();
    for (carrier, observation) in carriers.iter().zip(first..) {
        for (name, position) in carrier.names.iter().zip(0i64..) {
            rows.push([
                observation.into(),
                position.into(),
                dataset.as_str().into(),
                Value::outside(&name.change, "name")?,
                Value::outside(&name.gene, "name")?,
                Value::outside(&name.sequence, "name")?,
            ]);
        }
    }
    let into = "reported_name (observation, position, dataset, change, gene, sequence)";
    write.transaction.insert(into, rows).await
}

/// Deletes the interpretations and the names of alleles that a source stated.
pub(crate) async fn remove_interpretations(write: &mut Write, source: i64) -> Result<(), CatalogueError> {
    for sql in [
        "DELETE FROM allele_interpretation WHERE observation IN (SELECT id FROM observation WHERE source = $1)",
        "DELETE FROM reported_name WHERE observation IN (SELECT id FROM observation WHERE source = $1)",
    ] {
        write.transaction.execute(sql, vec![source.into()]).await?;
    }
    Ok(())
}

/// Reads an interpretation from the columns [`INTERPRETATION_COLUMNS`]. The first of them is column number `first` of the row.
pub(crate) fn interpretation_at(row: &Row, first: usize) -> Result<AlleleInterpretation, CatalogueError> {
    let code = row.maybe_text(first + 4, "disease")?;
    let label = row.maybe_text(first + 5, "disease")?;
    Ok(AlleleInterpretation {
        progress: row.parsed(first, "progress", |text| CaseProgress::parse(text).ok_or(()))?,
        status: row.parsed(first + 1, "interpretation", |text| FindingStatus::parse(text).ok_or(()))?,
        pathogenicity: row.parsed(first + 2, "pathogenicity", |text| Pathogenicity::parse(text).ok_or(()))?,
        kind: row.parsed(first + 3, "kind of finding", |text| FindingKind::parse(text).ok_or(()))?,
        disease: code.map(|code| StatedDisease {
            code,
            label: label.unwrap_or_default(),
        }),
    })
}

/// Groups interpretations by the id of their observation. The first column of the rows is this id.
pub(crate) fn by_observation(rows: &[Row]) -> Result<HashMap<i64, Vec<AlleleInterpretation>>, CatalogueError> {
    let mut found: HashMap<i64, Vec<AlleleInterpretation>> = HashMap::new();
    for row in rows {
        let observation = row.int(0, "observation id")?;
        found.entry(observation).or_default().push(interpretation_at(row, 1)?);
    }
    Ok(found)
}
