//! The manifest of a release: the text whose hash identifies the release's content.

use sha2::{Digest, Sha256};

use super::ReleaseEntry;

/// The manifest of these files: one line for each file, sorted as text, then a line with the number of files. Identifiers contain no control
/// characters, so a tab separates fields and a line break ends a line.
pub(super) fn manifest(objects: &[ReleaseEntry]) -> String {
    let mut lines: Vec<String> = objects
        .iter()
        .map(|o| {
            let format = o.format.as_str();
            format!("{}\t{format}\t{}\t{}\t{}\n", o.id.as_str(), o.size_bytes, o.sha256, o.people_count)
        })
        .collect();
    lines.sort();
    lines.push(format!("objects\t{}\n", objects.len()));
    lines.concat()
}

/// The SHA-256 of a manifest, in lower-case hex.
pub(super) fn sha256(manifest: &str) -> String {
    hex::encode(Sha256::digest(manifest.as_bytes()))
}
