//! The commands `approval record` and `approval import`.

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_catalogue::{CatalogueError, RecordedApproval};
use gemj_model::Timestamp;
use gemj_services::approvals::plan::ChangeKind;
use gemj_services::approvals::{self, Absent, Known, Plan, PlanOptions, Recorded, RemsForm, RemsMapping};

use crate::command::output::print;
use crate::command_error::CommandError;
use crate::installation::Installation;

/// How often an import is planned again because another command has changed the register.
const MOST_ATTEMPTS: usize = 5;

/// The choices of an import.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImportOptions<'a> {
    /// The mapping of the REMS installation.
    pub(crate) rems_map: Option<&'a Path>,
    /// Whether the file must contain exactly one approval in the gateway's own format.
    pub(crate) is_single: bool,
    /// The time at which the export was made; absent for the time at which the file was written, or the present for standard input.
    pub(crate) exported: Option<Timestamp>,
    /// What happens with applications that are absent from a file of entitlements.
    pub(crate) absent: Option<Absent>,
    /// Whether entries without faults are stored although other entries have faults.
    pub(crate) skip_faulty: bool,
    /// Whether the differences are only printed.
    pub(crate) dry_run: bool,
}

impl ImportOptions<'_> {
    /// The import of a file in the gateway's own format, without further choices.
    pub(crate) const PLAIN: ImportOptions<'static> = ImportOptions {
        rems_map: None,
        is_single: false,
        exported: None,
        absent: None,
        skip_faulty: false,
        dry_run: false,
    };
}

/// The result of an import.
#[derive(Debug)]
pub(crate) struct Imported {
    plan: Plan,
    is_dry_run: bool,
}

impl Imported {
    /// The number of faults of the file.
    pub(crate) fn fault_count(&self) -> usize {
        self.plan.faults.len()
    }

    pub(super) fn summary(&self) -> String {
        let plan = &self.plan;
        let faults = match plan.faults.len() {
            1 => "1 fault".to_owned(),
            count => format!("{count} faults"),
        };
        if plan.is_blocked {
            return format!("nothing stored: {faults}");
        }
        let new = plan.count(ChangeKind::New);
        let mut parts = vec![format!("{new} recorded")];
        let further = [
            (plan.count(ChangeKind::Changed), "changed"),
            (plan.count(ChangeKind::Ended), "ended"),
            (plan.count(ChangeKind::Revoked), "revoked"),
            (plan.unchanged, "unchanged"),
            (plan.undecided, "not approved"),
            (plan.older, "older than the register"),
        ];
        let further = further.into_iter().filter(|(count, _)| *count > 0);
        parts.extend(further.map(|(count, what)| format!("{count} {what}")));
        if plan.changes.is_empty() {
            parts[0] = "nothing new".to_owned();
        }
        if !plan.faults.is_empty() {
            parts.push(format!("{faults} skipped"));
        }
        let start = if self.is_dry_run { "dry run, nothing stored: " } else { "" };
        format!("{start}{}", parts.join(", "))
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        if self.plan.faults.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(1)
        }
    }
}

/// Imports a file of approvals, or only prints the differences. Prints the changes, and every fault with its place on standard error. If the file has
/// faults, nothing is stored unless the options allow it.
pub(crate) async fn import(installation: &Installation, file: &Path, options: ImportOptions<'_>) -> anyhow::Result<Imported> {
    let context = || format!("{}", file.display());
    let bytes = read(file).with_context(context)?;
    let mapping = options.rems_map.map(mapping).transpose()?;
    let catalogue = &installation.stores.catalogue;
    let configuration = &installation.configuration;
    for _ in 0..MOST_ATTEMPTS {
        let now = installation.clock.now();
        let recorded = approvals::read(&bytes, mapping.as_ref(), now).with_context(context)?;
        check_form(file, &recorded, options)?;
        let releases = catalogue.releases(Upkeep::of(Job::Inventory)).await?;
        let releases: Vec<_> = releases.into_iter().map(|r| (r.id, r.dataset)).collect();
        let known = Known {
            datasets: &configuration.datasets,
            organisations: &configuration.organisations,
            releases: &releases,
        };
        let register = catalogue.approval_register(Upkeep::of(Job::Inventory)).await?;
        let times = PlanOptions {
            now,
            exported: options.exported.or_else(|| written_at(file)).unwrap_or(now),
            absent: options.absent,
            skip_faulty: options.skip_faulty,
        };
        let plan = approvals::plan(recorded, mapping.as_ref(), &register, known, times);
        let has_changes = !plan.steps.is_empty() || !plan.exports.is_empty();
        let is_stored = has_changes && !plan.is_blocked && !options.dry_run;
        let mut versions = Vec::new();
        if is_stored {
            let mandate = Mandate::operator(WriteAction::RecordApproval);
            match catalogue.apply_approvals(&mandate, &register, &plan.steps, &plan.exports).await {
                Ok(recorded) => versions = recorded,
                // Another command has changed the register since it was read.
                Err(CatalogueError::Conflict { field: "register" }) => continue,
                Err(error) => return Err(anyhow::Error::new(error).context(context())),
            }
        }
        report(file, &plan, &versions, options)?;
        return Ok(Imported {
            plan,
            is_dry_run: options.dry_run,
        });
    }
    Err(CommandError::ApprovalsChange {
        file: file.display().to_string(),
    }
    .into())
}

fn check_form(file: &Path, recorded: &Recorded, options: ImportOptions<'_>) -> anyhow::Result<()> {
    let file = file.display();
    match recorded {
        Recorded::Ours(entries) if options.is_single && entries.len() > 1 => Err(CommandError::SeveralApprovals {
            file: file.to_string(),
            count: entries.len().to_string(),
        }
        .into()),
        Recorded::Rems(_, _) if options.is_single => Err(CommandError::ExportOfRems { file: file.to_string() }.into()),
        Recorded::Ours(_) | Recorded::Rems(RemsForm::Applications | RemsForm::Sheet, _) if options.absent.is_some() => {
            Err(CommandError::AbsentApplications { file: file.to_string() }.into())
        }
        Recorded::Ours(_) | Recorded::Rems(_, _) => Ok(()),
    }
}

/// Prints the changes, the remarks and the faults of a plan. New approvals are printed only in a dry run, because the summary has their number.
fn report(file: &Path, plan: &Plan, versions: &[RecordedApproval], options: ImportOptions<'_>) -> anyhow::Result<()> {
    let file = file.display();
    if !plan.is_blocked {
        let mut versions = versions.iter();
        for change in &plan.changes {
            let what = match change.kind {
                ChangeKind::New => "new".to_owned(),
                ChangeKind::Changed => "changed".to_owned(),
                ChangeKind::Ended => "ended".to_owned(),
                ChangeKind::Revoked => "revoked".to_owned(),
            };
            // Only `Record` steps have an entry in the list of versions.
            let version = if change.kind == ChangeKind::Revoked {
                None
            } else {
                versions.next()
            };
            let version = match version {
                Some(RecordedApproval::Version(number)) => format!(", now version {number}"),
                _ => String::new(),
            };
            let differences = if change.differences.is_empty() {
                String::new()
            } else {
                format!(" ({})", change.differences.join("; "))
            };
            if options.dry_run || change.kind != ChangeKind::New {
                print(&format!("approval {}: {what}{version}{differences}\n", change.id))?;
            }
        }
    }
    for note in &plan.notes {
        eprintln!("{file}: note: {note}");
    }
    for fault in &plan.faults {
        eprintln!("{file}: {fault}");
    }
    if plan.is_blocked && !options.is_single {
        eprintln!("{file}: nothing is stored. Correct the file, or store only the entries without faults with --skip-faulty");
    }
    Ok(())
}

fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        // Reads one byte more than the maximum size of a document, so that the parser rejects a larger input as too large.
        std::io::stdin().take((64 << 20) + 1).read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(file)
}

/// The time at which a file was written last: no export in it is younger. A timer that finds yesterday's file again then changes nothing back. Absent for
/// standard input.
fn written_at(file: &Path) -> Option<Timestamp> {
    let written = std::fs::metadata(file).ok().filter(std::fs::Metadata::is_file)?.modified().ok()?;
    let since = written.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok().map(Timestamp)
}

fn mapping(file: &Path) -> anyhow::Result<RemsMapping> {
    let context = || format!("{}", file.display());
    let text = std::fs::read_to_string(file).with_context(context)?;
    toml::from_str(&text).with_context(context)
}
