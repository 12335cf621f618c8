//! Folds equal functions of the binary. Many types of FHIR have the same code, and the linker LLD keeps one copy of it.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("TARGET").is_ok_and(|target| target == "x86_64-unknown-linux-gnu") && links_with_lld() {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
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
