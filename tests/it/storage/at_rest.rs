//! Files at rest: only the owner can read the files that the gateway writes, and keys that others can read prevent the start.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use gemj_demo::Persona;
use gemj_tests::programme::private;
use gemj_tests::small_data::{SHARED_VARIANT, feeds};
use gemj_tests::{Backend, Programme};

use crate::wes::{COUNT, SLOW_COUNT, count_params, slow_params, submitted, until, with_workflows};

/// All files and folders that the gateway wrote, with their modes. The other files in the installation's folder were written by the test and are left
/// out.
fn written_by_the_gateway(programme: &Programme) -> BTreeMap<PathBuf, u32> {
    fn walk(path: PathBuf, found: &mut BTreeMap<PathBuf, u32>) {
        // A serving gateway may delete a file while the test lists the folder.
        let Ok(metadata) = std::fs::symlink_metadata(&path) else { return };
        if metadata.is_dir() {
            for entry in std::fs::read_dir(&path).into_iter().flatten() {
                walk(entry.unwrap().path(), found);
            }
        }
        found.insert(path, metadata.permissions().mode() & 0o7777);
    }
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(programme.path("")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if ["objects", "runs", "audit-checkpoints", "capabilities.key"].contains(&name.as_str()) || name.starts_with("gateway.db") {
            walk(path, &mut found);
        }
    }
    found
}

/// Asserts that other users have no access to the files.
fn is_private(found: &BTreeMap<PathBuf, u32>, root: &Path) {
    for (path, mode) in found {
        let relative = path.strip_prefix(root).unwrap().to_str().unwrap();
        // A run's `work` folder may be open to other users, because the sandbox enters it before it changes to the run's user. The folder of the run
        // above it is closed.
        let is_work = relative.starts_with("runs/") && relative.ends_with("/work") && relative.matches('/').count() == 2;
        let most = if path.is_dir() { 0o700 } else { 0o600 };
        assert!(mode & !most == 0 || (is_work && *mode == 0o755), "{relative} has mode {mode:04o}");
    }
}

/// Asserts that a path exists that, relative to the installation's folder, begins with `begins` and ends with `ends`.
fn has(found: &BTreeMap<PathBuf, u32>, root: &Path, begins: &str, ends: &str) {
    let is_it = |path: &PathBuf| {
        let relative = path.strip_prefix(root).unwrap().to_str().unwrap();
        relative.starts_with(begins) && relative.ends_with(ends) && relative.len() > begins.len()
    };
    assert!(found.keys().any(is_it), "nothing of {begins}..{ends} among {found:#?}");
}

#[test]
fn after_load_ingest_serving_and_a_run_other_users_can_read_no_written_file() {
    let Some(programme) = with_workflows(1) else { return };
    let root = programme.path("objects").parent().unwrap().to_owned();
    let _ = programme.ingest_packets("cancer", &feeds().join("packets")).good();
    let stored = written_by_the_gateway(&programme);
    is_private(&stored, &root);
    for file in ["gateway.db", "capabilities.key"] {
        assert!(stored.contains_key(&root.join(file)), "{file}");
    }
    for folder in ["objects/objects/", "objects/index/", "objects/carriers/", "audit-checkpoints/"] {
        has(&stored, &root, folder, "");
    }
    let served = programme.serve();
    let client = &served.client;
    let owner = programme.passport(Persona::DomesticAcademic);
    let _ = client
        .get(&format!("/beacon/g_variants?{SHARED_VARIANT}"), Some(&owner))
        .expect(200);
    let running = submitted(client, &owner, SLOW_COUNT, &slow_params(&programme, 1, 8));
    until(client, &owner, &running, &["RUNNING"]);
    let under_way = written_by_the_gateway(&programme);
    is_private(&under_way, &root);
    for (begins, ends) in [
        ("gateway.db", "-wal"),
        ("gateway.db", "-shm"),
        ("runs/", "inputs"),
        ("runs/", ".bam"),
    ] {
        has(&under_way, &root, begins, ends);
    }
    until(client, &owner, &running, &["COMPLETE"]);
    let counted = submitted(client, &owner, COUNT, &count_params(&programme));
    until(client, &owner, &counted, &["COMPLETE"]);
    let ended = written_by_the_gateway(&programme);
    is_private(&ended, &root);
    has(&ended, &root, "runs/", "count.txt");
    drop(served);
    is_private(&written_by_the_gateway(&programme), &root);
}

#[test]
fn a_key_or_secret_that_others_can_read_prevents_the_start_with_its_name_and_mode() {
    let programme = Programme::new(Backend::Embedded);
    let config = std::fs::read_to_string(programme.config()).unwrap();
    let metrics = "[metrics]\naccess = \"open\"\n";
    assert_eq!(config.matches(metrics).count(), 1);
    let with_metrics = config.replace(metrics, "[metrics]\naccess = \"token\"\ntoken_file = \"metrics.token\"\n");
    let partner = "\n[[federation.partner]]\nid = \"member\"\nname = \"Member\"\norganization_name = \"Member\"\n\
         organization_url = \"https://member.example\"\nbeacon_url = \"https://member.example/beacon\"\ntoken_file = \"partner.token\"\n";
    let with_partner = format!("{config}{partner}");
    private(&programme.path("metrics.token"), "a-token-of-sixteen-letters-and-more");
    private(&programme.path("partner.token"), "a-token");
    for (file, text) in [
        ("capabilities.key", &config),
        ("metrics.token", &with_metrics),
        ("partner.token", &with_partner),
    ] {
        std::fs::write(programme.config(), text).unwrap();
        drop(programme.serve());
        for mode in [0o640, 0o604, 0o620, 0o602] {
            mode_of(&programme.path(file), mode);
            let ran = programme.run(&["serve"]);
            let said = format!("mode {mode:04o}");
            assert_eq!(ran.code, Some(2), "{file} {said}: {}", ran.err);
            assert!(ran.err.contains(file) && ran.err.contains(&said), "{file} {said}: {}", ran.err);
        }
        mode_of(&programme.path(file), 0o600);
    }
}

#[test]
fn public_keys_that_others_can_change_prevent_the_start_but_readable_public_keys_do_not() {
    let programme = Programme::new(Backend::Embedded);
    let config = std::fs::read_to_string(programme.config()).unwrap();
    let files: Vec<PathBuf> = config
        .lines()
        .filter_map(|line| line.strip_prefix("jwks_file = ")?.split('"').nth(1))
        .map(|file| programme.path(file))
        .collect();
    assert!(files.len() >= 2, "the broker's keys and those of hospital systems: {files:?}");
    for file in &files {
        mode_of(file, 0o644);
        drop(programme.serve());
        for mode in [0o664, 0o646] {
            mode_of(file, mode);
            let ran = programme.run(&["serve"]);
            let name = file.file_name().unwrap().to_str().unwrap();
            assert_eq!(ran.code, Some(2), "{name}: {}", ran.err);
            assert!(
                ran.err.contains(name) && ran.err.contains(&format!("mode {mode:04o}")),
                "{}",
                ran.err
            );
        }
        mode_of(file, 0o600);
    }
}

fn mode_of(file: &Path, mode: u32) {
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
}
