#![allow(clippy::unwrap_used)]
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::sync::mpsc;
use std::time::Duration;

use super::*;

/// A folder with the file `objects/a`, and a file outside it.
struct Place {
    scratch: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(scratch.path().join("back-up/objects")).unwrap();
        std::fs::write(scratch.path().join("back-up/objects/a"), "content").unwrap();
        std::fs::write(scratch.path().join("outside"), "content").unwrap();
        Self { scratch }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    fn folder(&self) -> Folder {
        Folder::open(&self.at("back-up")).unwrap()
    }

    /// Opens a file in a thread, because a reader that waits for a writer would never end.
    fn opened(&self, name: &str) -> Result<RegularFile, BackupFault> {
        let (folder, name) = (self.folder(), name.to_owned());
        let (done, end) = mpsc::channel();
        std::thread::spawn(move || done.send(folder.file(&name)));
        end.recv_timeout(Duration::from_secs(60)).expect("the file is not opened")
    }

    fn refused(&self, name: &str) -> PathBuf {
        match self.opened(name) {
            Err(BackupFault::NotRegular(path)) => path,
            other => panic!("{name}: {other:?}"),
        }
    }
}

fn pipe(path: &Path) {
    rustix::fs::mkfifoat(CWD, path, Mode::from_raw_mode(0o600)).unwrap();
}

fn state(text: &str) -> FileState {
    FileState {
        size_bytes: text.len() as u64,
        sha256: hex::encode(Sha256::digest(text)),
    }
}

#[test]
fn a_regular_file_is_read_also_if_the_folder_is_named_by_a_link() {
    let place = Place::new();
    symlink(place.at("back-up"), place.at("latest")).unwrap();
    for folder in ["back-up", "latest"] {
        let folder = Folder::open(&place.at(folder)).unwrap();
        assert_eq!(folder.file("objects/a").unwrap().content(7).unwrap(), b"content");
        folder.file("objects/a").unwrap().verify(&state("content")).unwrap();
        assert!(matches!(folder.file("objects/b"), Err(BackupFault::Missing(_))));
        assert!(matches!(folder.file("runs/b"), Err(BackupFault::Missing(_))));
    }
}

#[test]
fn links_pipes_sockets_and_folders_are_not_read() {
    let place = Place::new();
    let objects = place.at("back-up/objects");
    symlink(place.at("outside"), objects.join("link")).unwrap();
    symlink("a", objects.join("inner-link")).unwrap();
    symlink("/dev/zero", objects.join("device")).unwrap();
    symlink("nowhere", objects.join("dangling")).unwrap();
    pipe(&objects.join("pipe"));
    let _socket = std::os::unix::net::UnixListener::bind(objects.join("socket")).unwrap();
    std::fs::create_dir(objects.join("folder")).unwrap();
    for name in ["link", "inner-link", "device", "dangling", "pipe", "socket", "folder"] {
        assert_eq!(place.refused(&format!("objects/{name}")), objects.join(name));
    }
    let text = BackupFault::NotRegular(objects.join("pipe")).to_string();
    assert!(text.contains("objects/pipe") && text.contains("copy the back-up again"), "{text}");
}

#[test]
fn a_folder_that_is_a_link_or_a_pipe_is_named_and_no_file_below_it_is_read() {
    let place = Place::new();
    symlink(place.at("back-up/objects"), place.at("back-up/linked")).unwrap();
    pipe(&place.at("back-up/pipe"));
    for name in ["linked", "pipe"] {
        assert_eq!(place.refused(&format!("{name}/a")), place.at("back-up").join(name));
    }
    assert_eq!(place.refused("objects/a/b"), place.at("back-up/objects/a"));
}

#[test]
fn names_that_leave_the_folder_open_nothing() {
    let place = Place::new();
    for name in [
        "",
        ".",
        "../outside",
        "objects/../../outside",
        place.at("outside").to_str().unwrap(),
    ] {
        assert!(matches!(place.opened(name), Err(BackupFault::File { .. })), "{name}");
    }
}

#[test]
fn a_file_of_another_size_is_damaged_before_it_is_read_and_a_limit_holds() {
    let place = Place::new();
    let file = || place.folder().file("objects/a").unwrap();
    for expected in ["conten", "content2", ""] {
        assert!(matches!(file().require_size(&state(expected)), Err(BackupFault::Damaged(_))));
        assert!(matches!(file().verify(&state(expected)), Err(BackupFault::Damaged(_))));
    }
    assert!(matches!(file().verify(&state("Content")), Err(BackupFault::Damaged(_))));
    assert!(matches!(file().content(6), Err(BackupFault::TooLarge { most_bytes: 6, .. })));
}

#[test]
fn a_file_that_grows_after_it_was_opened_is_refused() {
    let place = Place::new();
    let (first, second) = (place.folder().file("objects/a").unwrap(), place.folder().file("objects/a").unwrap());
    let mut writer = File::options().append(true).open(place.at("back-up/objects/a")).unwrap();
    writer.write_all(b"more").unwrap();
    assert!(matches!(first.content(100), Err(BackupFault::TooLarge { .. })));
    assert!(matches!(second.verify(&state("content")), Err(BackupFault::Damaged(_))));
}

#[test]
fn a_copy_is_verified_and_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let file = || place.folder().file("objects/a").unwrap();
    let to = place.at("new/folder/a");
    file().copy_to(&to, &state("content")).unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), b"content");
    assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
    let other = file().copy_to(&place.at("other"), &state("Content"));
    assert!(matches!(other, Err(BackupFault::Damaged(path)) if path == place.at("back-up/objects/a")));
    assert_eq!(file().copy_as_opened(&place.at("third")).unwrap(), state("content"));
}
