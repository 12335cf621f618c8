//! Keys, permissions of files, and disk space.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::report::Report;
use super::writing;
use crate::capability_key;
use crate::configuration::Configuration;
use crate::private_files::faults_of_permissions;

/// The free space below which a fault is due, in bytes.
const TOO_LITTLE_BYTES: u64 = 1 << 30;

/// The free space below which a warning is due, in bytes, if it is also less than a tenth of the disk.
const LITTLE_BYTES: u64 = 10 << 30;

/// The share of free inodes below which a warning is due.
const FEW_INODES_PER_CENT: u64 = 5;

pub(super) fn check(config: &Path, configuration: &Configuration, report: &mut Report) {
    let key = &configuration.capabilities.key_file;
    match capability_key::read(key) {
        Ok(_) => report.good("keys", format!("{}: readable", key.display())),
        Err(error) => report.fault(
            "keys",
            format!("{error:#}"),
            "restore the installation's key from its copy; only a new installation makes one (`gemj-gateway key make`)",
        ),
    }
    let faults = faults_of_permissions(configuration);
    for fault in &faults {
        report.fault("permissions", fault.to_string(), "change the mode as the text says");
    }
    let unwritable = writing::check(&written(configuration), report);
    let open: Vec<PathBuf> = private_places(config, configuration)
        .into_iter()
        .filter(|path| is_open(path))
        .collect();
    for path in &open {
        report.fault(
            "permissions",
            format!("{}: other users may read or change it", path.display()),
            format!("chmod -R go= {}", path.display()),
        );
    }
    if faults.is_empty() && open.is_empty() && !unwritable {
        report.good(
            "permissions",
            "keys, database and objects are closed to other users, and this user may write them",
        );
    }
    space(configuration, report);
}

/// The place of the ledger tail: it must outlive the database.
pub(super) fn check_outside(configuration: &Configuration, report: &mut Report) {
    let remedy = "name a folder on another machine's storage, for example by NFS (docs/backup.md, What must survive)";
    let Some(folder) = &configuration.audit.checkpoint_dir else {
        report.warning(
            "ledger tail",
            "audit.checkpoint_dir is not configured: after a restore, every site must be reconciled",
            remedy,
        );
        return;
    };
    let device = |path: &Path| {
        let nearest = path.ancestors().find(|path| path.exists())?;
        std::fs::metadata(nearest).map(|metadata| metadata.dev()).ok()
    };
    let Some(database) = configuration.database.url.strip_prefix("sqlite:") else {
        return;
    };
    if device(folder).is_some() && device(folder) == device(Path::new(database)) {
        report.warning(
            "ledger tail",
            format!(
                "audit.checkpoint_dir ({}) is on the file system of the database, so both are lost together",
                folder.display()
            ),
            remedy,
        );
    }
}

/// The files and folders of the installation that only its user may access.
fn private_places(config: &Path, configuration: &Configuration) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = folders(configuration);
    if let Some(database) = configuration.database.url.strip_prefix("sqlite:") {
        places.retain(|place| Some(place.as_path()) != Path::new(database).parent());
        places.extend(["", "-wal", "-shm"].map(|end| PathBuf::from(format!("{database}{end}"))));
    }
    // A PostgreSQL URL contains a password.
    if url::Url::parse(&configuration.database.url).is_ok_and(|url| url.password().is_some()) {
        places.push(config.to_owned());
    }
    places
}

/// The files and folders that the gateway changes.
fn written(configuration: &Configuration) -> Vec<PathBuf> {
    let mut places = folders(configuration);
    if let Some(database) = configuration.database.url.strip_prefix("sqlite:") {
        places.extend(["", "-wal", "-shm"].map(|end| PathBuf::from(format!("{database}{end}"))));
    }
    places.retain(|place| place.exists());
    places
}

/// The folders in which the installation writes.
fn folders(configuration: &Configuration) -> Vec<PathBuf> {
    let database = configuration.database.url.strip_prefix("sqlite:").map(PathBuf::from);
    let objects = configuration.objects.url.strip_prefix("file://").map(PathBuf::from);
    let runs = configuration.workflows.as_ref().map(|workflows| workflows.directory.clone());
    let database_folder = database.and_then(|file| file.parent().map(Path::to_owned));
    [objects, configuration.audit.checkpoint_dir.clone(), runs, database_folder]
        .into_iter()
        .flatten()
        .filter(|folder| folder.exists())
        .collect()
}

fn is_open(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.mode() & 0o077 != 0)
}

fn space(configuration: &Configuration, report: &mut Report) {
    let mut seen = Vec::new();
    for folder in folders(configuration) {
        let device = std::fs::metadata(&folder).map(|metadata| metadata.dev()).ok();
        if device.is_some_and(|device| seen.contains(&device)) {
            continue;
        }
        seen.extend(device);
        let Ok(disk) = rustix::fs::statvfs(&folder) else {
            report.fault(
                "disk",
                format!("{}: its disk cannot be examined", folder.display()),
                "check that the disk is mounted",
            );
            continue;
        };
        let free_bytes = disk.f_bavail.saturating_mul(disk.f_frsize);
        let tenth_bytes = disk.f_blocks.saturating_mul(disk.f_frsize) / 10;
        let text = format!("{}: {} MiB free", folder.display(), free_bytes >> 20);
        let remedy = "make space, or move objects to a larger disk; a full disk stops loads, the audit trail and with it all answers";
        match free_bytes {
            0..TOO_LITTLE_BYTES => report.fault("disk", text, remedy),
            TOO_LITTLE_BYTES..LITTLE_BYTES if free_bytes < tenth_bytes => report.warning("disk", text, remedy),
            _ => report.good("disk", text),
        }
        if disk.f_files > 0 && disk.f_favail.saturating_mul(100) / disk.f_files < FEW_INODES_PER_CENT {
            report.warning(
                "disk",
                format!("{}: few inodes are free", folder.display()),
                "remove small files of other programs",
            );
        }
    }
}
