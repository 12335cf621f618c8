//! Merges identical functions of the binary. Many types of FHIR have the same code, and the linker LLD keeps one copy of it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Rust links with LLD on this target; other linkers do not know the option.
    if std::env::var("TARGET").is_ok_and(|target| target == "x86_64-unknown-linux-gnu") {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
}
