//! The command `load SHEET.csv`: loads the files of reads and variants that a sample sheet lists.

mod delivery;

use std::collections::HashSet;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use gemj_access::{Mandate, WriteAction};
use gemj_services::load::{Loader, Manifest, Owner, Ownership, SheetRow, read_sheet};

use super::known_names::KnownNames;
use crate::installation::Installation;
use crate::sources::Sources;
use crate::terminal::bytes_bar;

pub(crate) async fn run(
    config: &Path,
    sources: &Sources,
    sheet: &Path,
    register: bool,
    manifest: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(config, sources).await?;
    // A manifest that cannot be used refuses everything before the first file is read.
    let manifest = manifest
        .map(|path| Manifest::open(path).with_context(|| format!("--manifest {}", path.display())))
        .transpose()?;
    let refused = load_delivery(&installation, sheet, register, true, manifest.as_ref()).await?;
    installation.checkpoint().await?;
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Loads the valid rows of a sample sheet, and reports the invalid rows on standard error. Returns the number of refused rows.
/// A row with an unknown site is refused. A row with an unregistered participant is refused too, unless `register` is true.
pub(crate) async fn load_sheet(installation: &Installation, sheet: &Path, register: bool, say: bool) -> anyhow::Result<usize> {
    load_delivery(installation, sheet, register, say, None).await
}

/// Loads a sheet as [`load_sheet`] does. With a manifest, a file that the manifest does not name, or whose checksum differs, is refused before it is stored.
async fn load_delivery(
    installation: &Installation,
    sheet: &Path,
    register: bool,
    say: bool,
    manifest: Option<&Manifest>,
) -> anyhow::Result<usize> {
    let datasets = installation.configuration.datasets.iter().map(|d| d.id.clone()).collect();
    let rows = read_sheet(sheet, &datasets).with_context(|| format!("{}", sheet.display()))?;
    let known = KnownNames::read(installation).await?;
    let mandate = Mandate::operator(WriteAction::Load);
    let loader = Loader {
        stores: &installation.stores,
        mandate: &mandate,
        key: &installation.key,
        clock: installation.clock.as_ref(),
    };
    let (mut loaded, mut same, mut refused, mut held) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut registered = HashSet::new();
    if let Some(manifest) = manifest {
        let named = rows.iter().filter_map(|row| row.as_ref().ok()).map(|row| row.path.as_path());
        for line in manifest.not_in(named) {
            eprintln!("--manifest: line {line}: note: no row of the sheet names this file");
        }
    }
    for row in rows {
        let row = match row {
            Ok(row) => match unknown_names(&row, &known, register) {
                Some(fault) => Err((row.line, fault)),
                None => delivery::verified(manifest, row).await,
            },
            Err((line, fault)) => Err((line, fault.to_string())),
        };
        let refusal = match row {
            Err(refusal) => Some(refusal),
            Ok((row, delivered)) => {
                if say && !delivered.is_empty() {
                    println!("line {}: delivered: {}", row.line, delivered.join("; "));
                }
                let bar = bytes_bar(std::fs::metadata(&row.path).map_or(0, |m| m.len()));
                bar.set_message(row.path.file_name().unwrap_or_default().to_string_lossy().into_owned());
                let outcome = loader.load(&row, |bytes| bar.set_position(bytes)).await;
                bar.finish_and_clear();
                match outcome {
                    Ok(outcome) => {
                        if outcome.is_new {
                            loaded += 1
                        } else {
                            same += 1
                        }
                        for warning in outcome.warnings.iter().filter(|_| say) {
                            eprintln!("{}: line {}: note: {warning}", sheet.display(), row.line);
                        }
                        if say && outcome.is_new {
                            println!(
                                "line {}: loaded as {}, {} variants indexed",
                                row.line, outcome.id, outcome.variant_count
                            );
                            println!("line {}: {}", row.line, outcome.checks);
                            for (reason, count) in &outcome.left_out {
                                println!("line {}: {count} x {reason}", row.line);
                            }
                        }
                        if say && !outcome.is_new {
                            println!("line {}: already there as {}", row.line, outcome.id);
                        }
                        registered.extend(owners(&row).map(|owner| owner.participant.clone()).filter(|id| !known.has(id)));
                        held += usize::from(outcome.checks.held);
                        None
                    }
                    Err(error) => Some((row.line, error.to_string())),
                }
            }
        };
        if let Some((line, reason)) = refusal {
            refused += 1;
            eprintln!("{}: line {line}: {reason}", sheet.display());
        }
    }
    if say {
        if !registered.is_empty() {
            println!("{} participants registered", registered.len());
        }
        println!("{loaded} loaded, {same} already there, {refused} refused");
        if held > 0 {
            println!("{held} on hold and not served: `objects list --not-served --json` shows the reasons");
        }
    }
    installation.erase_allele_names().await?;
    Ok(refused)
}

fn owners(row: &SheetRow) -> Box<dyn Iterator<Item = &Owner> + '_> {
    match &row.ownership {
        Ownership::Single(owner) => Box::new(std::iter::once(owner)),
        Ownership::Joint(owners) => Box::new(owners.values()),
    }
}

/// Why a row names an unknown site or participant. For a joint file, the text describes one of the unknown names.
fn unknown_names(row: &SheetRow, known: &KnownNames, register: bool) -> Option<String> {
    let sites = owners(row).filter_map(|owner| owner.site.as_ref());
    if let Some(fault) = sites
        .filter_map(|site| known.unknown_site(site))
        .map(|fault| fault.to_string())
        .min()
    {
        return Some(fault);
    }
    let participants = owners(row).map(|owner| &owner.participant);
    let fault = participants
        .filter_map(|id| known.unregistered(id))
        .map(|fault| fault.to_string())
        .min();
    let fault = fault.filter(|_| !register)?;
    Some(format!("{fault}; `load --register` registers those of the sheet"))
}
