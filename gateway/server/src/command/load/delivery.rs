//! Compares the files of a sheet with the contractor's manifest.

use gemj_services::load::{Manifest, SheetRow};

/// The row with the digest of its verified file, and what the manifest states about the file in words. Without a manifest, the row as it is. An error is the
/// line of the row and the reason why its file is refused.
pub(super) async fn verified(manifest: Option<&Manifest>, row: SheetRow) -> Result<(SheetRow, Vec<String>), (u64, String)> {
    let Some(manifest) = manifest else {
        return Ok((row, Vec::new()));
    };
    let line = row.line;
    let delivered = manifest.of(&row).cloned().map_err(|fault| (line, fault.to_string()))?;
    let path = row.path.clone();
    let reader = delivered.clone();
    let sha256 = tokio::task::spawn_blocking(move || reader.verify(&path)).await;
    match sha256 {
        Ok(Ok(sha256)) => Ok((
            SheetRow {
                sha256: Some(sha256),
                ..row
            },
            delivered.summary,
        )),
        Ok(Err(fault)) => Err((line, fault.to_string())),
        Err(_) => Err((line, "stopped".to_owned())),
    }
}
