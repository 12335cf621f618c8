//! Parses the structured lines in the header of a VCF or BCF file.

use hts_formats::vcf::header::attributes;

use super::site::Header;

/// Adds the facts of a structured header line to `header`. A line that is not structured, or that does not parse, is skipped.
pub(super) fn take_header_line(header: &mut Header, line: &str) {
    let Some((kind, value)) = line.strip_prefix("##").and_then(|line| line.split_once('=')) else {
        return;
    };
    if let Some(attributes) = attributes(value) {
        header.take(kind, |name| {
            let attribute = attributes.iter().find(|(key, _)| *key == name);
            attribute.map(|(_, value)| value.as_str())
        });
    }
}
