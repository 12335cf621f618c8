//! Redacts the header of a variant file: decides which lines are kept, and which parts of each line.

use std::collections::HashMap;

use hts_formats::error::{FormatError, FormatResult};
use hts_formats::vcf::header::attributes;

use super::KeptColumns;
use super::names::GoneNames;

/// Returns the header text for the kept columns. The text ends with a line feed.
///
/// * Lines that describe the format and the reference are kept. All other lines are removed: `SAMPLE`, `PEDIGREE`, `META`, `pedigreeDB`,
///   command lines, and any other line of a tool.
/// * A kept line keeps only the keys `ID`, `Number`, `Type`, `Description` and `IDX`. A contig keeps `ID`, `length`, `md5`, `assembly`,
///   `species`, `taxonomy` and `IDX`. All other keys are removed, for example `Source`, `Version` and `URL`.
/// * A path is replaced by its last part. A description that names a removed sample becomes empty. A field or filter whose own name
///   contains the name of a removed sample is renamed to `WITHHELD_1`, `WITHHELD_2` and so on.
/// * The order of the lines does not change, so that the dictionary numbers of a BCF file remain valid.
/// * `phasing` is removed if a relative of a kept participant is outside the Grant, because the genotypes are then no longer phased.
pub(crate) fn redact_header(text: &[u8], kept: &KeptColumns) -> FormatResult<Vec<u8>> {
    let text = std::str::from_utf8(text).map_err(|_| FormatError::Header("the VCF header is not text"))?;
    let text = text.trim_end_matches('\0');
    let columns: Vec<&str> = text.lines().last().unwrap_or_default().split('\t').collect();
    if !text.lines().last().is_some_and(|line| line.starts_with("#CHROM\t")) || columns.len() < 10 {
        return Err(FormatError::Header("no sample column"));
    }
    let mut lines = Lines {
        gone: GoneNames::new(columns[9..].iter().copied(), kept),
        phasing: !kept.lacks_relatives(),
        other_names: HashMap::new(),
        out: String::with_capacity(text.len()),
    };
    for line in text.lines() {
        if let Some((kind, value)) = line.strip_prefix("##").and_then(|meta| meta.split_once('=')) {
            lines.put(kind, value);
        }
    }
    let mut out = lines.out;
    out.push_str(&columns[..9].join("\t"));
    for column in &kept.columns {
        out.push('\t');
        out.push_str(
            columns
                .get(9 + column.at)
                .ok_or(FormatError::Header("a sample column is missing"))?,
        );
    }
    out.push('\n');
    Ok(out.into_bytes())
}

struct Lines {
    gone: GoneNames,
    phasing: bool,
    /// The new names of renamed fields and filters, by their old names. An INFO, a FORMAT and a FILTER of the same name share one new name,
    /// because they share one dictionary number in BCF.
    other_names: HashMap<String, String>,
    out: String,
}

impl Lines {
    fn put(&mut self, kind: &str, value: &str) {
        let plain = match kind {
            "fileformat" => value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.').then_some(value),
            "fileDate" => value
                .bytes()
                .all(|b| b.is_ascii_digit() || b" -:./TZ+".contains(&b))
                .then_some(value),
            "assembly" | "reference" => self.harmless(bare_name(value)),
            "phasing" => matches!(value, "full" | "none" | "partial")
                .then_some(value)
                .filter(|_| self.phasing),
            "INFO" | "FORMAT" | "FILTER" | "ALT" | "contig" => return self.put_structured(kind, value),
            _ => None,
        };
        if let Some(value) = plain {
            self.out.push_str(&format!("##{kind}={value}\n"));
        }
    }

    fn harmless<'a>(&self, value: &'a str) -> Option<&'a str> {
        (!value.is_empty() && !self.gone.are_in(value.as_bytes())).then_some(value)
    }

    fn put_structured(&mut self, kind: &str, value: &str) {
        let Some(attributes) = attributes(value) else { return };
        let attribute = |name: &str| attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
        let Some(id) = attribute("ID") else { return };
        if kind == "ALT" && self.gone.are_in_id(id) {
            return;
        }
        self.out.push_str(&format!("##{kind}=<ID="));
        if matches!(kind, "INFO" | "FORMAT" | "FILTER") && self.gone.are_in_id(id) {
            let count = self.other_names.len() + 1;
            let other = self.other_names.entry(id.to_owned()).or_insert_with(|| format!("WITHHELD_{count}"));
            self.out.push_str(other);
        } else {
            self.put_value(id);
        }
        if matches!(kind, "INFO" | "FORMAT") {
            let numbers = ["A", "R", "G", "P", "M", "LA", "LR", "LG"];
            let number = attribute("Number").filter(|n| numbers.contains(n) || (n.len() <= 9 && n.bytes().all(|b| b.is_ascii_digit())));
            let types = ["Integer", "Float", "Flag", "Character", "String"];
            let of_type = attribute("Type").filter(|t| types.contains(t));
            self.out
                .push_str(&format!(",Number={},Type={}", number.unwrap_or("."), of_type.unwrap_or("String")));
        }
        if kind == "contig" {
            let length = attribute("length").filter(|l| l.bytes().all(|b| b.is_ascii_digit()));
            let md5 = attribute("md5")
                .or(attribute("M5"))
                .filter(|m| m.bytes().all(|b| b.is_ascii_hexdigit()));
            let names = ["assembly", "species", "taxonomy"].map(|key| (key, attribute(key).map(bare_name)));
            for (key, value) in [("length", length), ("md5", md5)].into_iter().chain(names) {
                if let Some(value) = value.and_then(|value| self.harmless(value)) {
                    self.out.push_str(&format!(",{key}="));
                    self.put_value(value);
                }
            }
        } else {
            let description = attribute("Description").unwrap_or_default();
            let description = if self.gone.are_in(description.as_bytes()) {
                String::new()
            } else {
                without_paths(description)
            };
            self.out.push_str(&format!(",Description=\"{description}\""));
        }
        if let Some(index) = attribute("IDX").filter(|index| index.bytes().all(|b| b.is_ascii_digit())) {
            self.out.push_str(&format!(",IDX={index}"));
        }
        self.out.push_str(">\n");
    }

    /// Writes a value of a header line, in quotes if the value contains a character that requires quotes.
    fn put_value(&mut self, value: &str) {
        if value.contains([',', '"', '<', '>', '=', ' ']) {
            self.out.push_str(&format!("\"{value}\""));
        } else {
            self.out.push_str(value);
        }
    }
}

/// The last part of a path or URL, without the query. Empty if the path has no last part.
fn bare_name(value: &str) -> &str {
    let path = value.split(['?', '#']).next().unwrap_or_default().trim_end_matches(['/', '\\']);
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    if name.ends_with(':') { "" } else { name }
}

/// Returns the text with each path and URL replaced by its last part.
fn without_paths(text: &str) -> String {
    let stops = |c: char| c.is_whitespace() || "'\"()[]{}<>,;=|".contains(c);
    let is_path = |word: &str| {
        let rooted = ["/", "~", "./", "../"].iter().any(|start| word.starts_with(start));
        let of_file = bare_name(word).trim_end_matches('.').contains('.');
        word.contains(":/") || word.contains(":\\") || (word.contains(['/', '\\']) && (rooted || of_file))
    };
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(stops) {
        let (word, stop) = piece.split_at(piece.trim_end_matches(stops).len());
        out.push_str(if is_path(word) { bare_name(word) } else { word });
        out.push_str(stop);
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::KeptColumn;
    use super::*;

    fn redacted(meta: &str) -> String {
        let kept = KeptColumns {
            columns: vec![KeptColumn { at: 1, whole_family: true }],
            some_go: true,
        };
        let text = format!("##fileformat=VCFv4.2\n{meta}\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP1\tP2\tP3\n");
        let text = String::from_utf8(redact_header(text.as_bytes(), &kept).unwrap()).unwrap();
        let text = text.strip_prefix("##fileformat=VCFv4.2\n").unwrap();
        let text = text
            .strip_suffix("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP2\n")
            .unwrap();
        text.trim_end().to_owned()
    }

    #[test]
    fn a_kept_header_line_loses_unspecified_keys_paths_and_names() {
        for (line, stays) in [
            ("##reference=file:///home/x/ref.fa", "##reference=ref.fa"),
            ("##reference=https://u:p@host/a/ref.fa?token=1", "##reference=ref.fa"),
            (r"##reference=C:\x\ref.fa", "##reference=ref.fa"),
            ("##reference=/data/P1/", ""),
            ("##reference=file://", ""),
            ("##assembly=ftp://host/P3.fa", ""),
            ("##fileDate=20240101", "##fileDate=20240101"),
            ("##fileDate=by P1", ""),
            ("##source=x", ""),
            ("##bcftools_viewCommand=view -s P1", ""),
            ("##SAMPLE=<ID=P2>", ""),
            (
                "##contig=<ID=chr1,length=9,URL=file:///home/x/ref.fa,assembly=/home/x/ref.fa,md5=AB,species=\"Homo sapiens\",taxonomy=x,note=P1>",
                "##contig=<ID=chr1,length=9,md5=AB,assembly=ref.fa,species=\"Homo sapiens\",taxonomy=x>",
            ),
            (
                "##INFO=<ID=XX,Number=1,Type=String,Description=\"from /home/x/c.vcf.gz (exact), a/b\",Source=\"P1\",Version=\"3\">",
                "##INFO=<ID=XX,Number=1,Type=String,Description=\"from c.vcf.gz (exact), a/b\">",
            ),
            (
                "##INFO=<ID=XX,Number=P1,Type=P1,Description=\"of P1\",IDX=7>",
                "##INFO=<ID=XX,Number=.,Type=String,Description=\"\",IDX=7>",
            ),
            (
                "##INFO=<ID=AC_P1,Number=1,Type=Integer,Description=\"\">\n##FORMAT=<ID=AC_P1,Number=1,Type=Integer,Description=\"\">\n##FILTER=<ID=not_P3,Description=\"x\">",
                "##INFO=<ID=WITHHELD_1,Number=1,Type=Integer,Description=\"\">\n##FORMAT=<ID=WITHHELD_1,Number=1,Type=Integer,Description=\"\">\n##FILTER=<ID=WITHHELD_2,Description=\"x\">",
            ),
            ("##ALT=<ID=INS:P3,Description=\"x\">", ""),
            (
                "##ALT=<ID=DEL,Description=\"say \\\"x\\\", y\">",
                "##ALT=<ID=DEL,Description=\"say \\\"x\\\", y\">",
            ),
        ] {
            assert_eq!(redacted(line), stays, "{line}");
        }
    }
}
