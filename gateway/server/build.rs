//! Folds equal functions of the binary. Many types of FHIR have the same code, and the linker LLD keeps one copy of it. In the profile `dist`, the
//! build also names the revision of the source.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("TARGET").is_ok_and(|target| target == "x86_64-unknown-linux-gnu") && links_with_lld() {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
    if is_dist() {
        name_revision();
    }
}

/// Whether this is the profile `dist`. Its name is a folder of the build's output folder: Cargo passes only the name of the inherited profile.
fn is_dist() -> bool {
    let out = std::env::var_os("OUT_DIR").unwrap_or_default();
    Path::new(&out).components().any(|part| part.as_os_str() == "dist")
}

/// Sets GEMJ_REVISION to the revision of the Git checkout, if it is not set. Without Git, for example in a source archive, the binary names no
/// revision. The profile `release` does not do this, because every commit would then rebuild this crate and the tests.
fn name_revision() {
    println!("cargo::rerun-if-env-changed=GEMJ_REVISION");
    if std::env::var_os("GEMJ_REVISION").is_some() {
        return;
    }
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(arguments)
            .output()
            .ok()
            .filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned())
    };
    // A file that never exists makes Cargo run this script at every build, because any changed file may turn a clean checkout into a changed one.
    println!("cargo::rerun-if-changed=always");
    // Of a checkout of this project alone: an unpacked archive may be inside another repository.
    if git(&["ls-files", "--error-unmatch", "build.rs"]).is_some()
        && let Some(revision) = git(&["describe", "--always", "--abbrev=12", "--dirty=.dirty", "--exclude=*"])
    {
        println!("cargo::rustc-env=GEMJ_REVISION={revision}");
    }
}

/// Whether Rust links with its own LLD. A toolchain without LLD uses GNU ld, which refuses the option `--icf`. A linker that the user
/// chooses by RUSTFLAGS may refuse the option too.
fn links_with_lld() -> bool {
    let flags = std::env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    if flags.contains("linker") || flags.contains("fuse-ld") || std::env::var_os("RUSTC_LINKER").is_some() {
        return false;
    }
    let Some(rustc) = std::env::var_os("RUSTC") else { return false };
    let Ok(answer) = Command::new(rustc).args(["--print", "sysroot"]).output() else {
        return false;
    };
    let Ok(sysroot) = String::from_utf8(answer.stdout) else {
        return false;
    };
    Path::new(sysroot.trim())
        .join("lib/rustlib/x86_64-unknown-linux-gnu/bin/gcc-ld/ld.lld")
        .exists()
}
