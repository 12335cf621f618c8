//! The header of a VCF or BCF file.

use std::collections::{HashMap, HashSet};

use crate::error::{FormatError, FormatResult};
use crate::limits::words::{CONTIG_NAME, CONTIGS, HEADER_BYTES, HEADER_LINES};
use crate::limits::{
    MOST_CONTIG_NAME_BYTES, MOST_CONTIGS, MOST_DICTIONARY_NUMBER, MOST_HEADER_BYTES, MOST_HEADER_LINES, MOST_SAMPLES, within,
};
use crate::sam_header::HeaderContig;

/// The maximum number of attributes of a structured header line. The longest real lines have about twenty.
const MOST_ATTRIBUTES: usize = 1024;

/// How many values a field has (VCF 4.3 § 1.4.2 `Number`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// The field has a fixed number of values; 0 values mean a flag.
    Fixed,
    /// The field has one value for each alternative allele.
    Alternatives,
    /// The field has one value for each allele, including the reference.
    Alleles,
    /// The field has one value for each genotype.
    Genotypes,
    /// The number of values varies or is not stated.
    Unknown,
}

/// A parsed VCF header.
#[derive(Clone, Debug, Default)]
pub struct VcfHeader {
    /// The text of the header as in the file, including the `#CHROM` line.
    pub text: Vec<u8>,
    /// The contigs of the `##contig` lines, in order.
    pub contigs: Vec<HeaderContig>,
    /// The names of the sample columns, in order.
    pub samples: Vec<String>,
    /// `Number` of each INFO field, by the field's name.
    pub infos: HashMap<String, Number>,
    /// `Number` of each FORMAT field, by the field's name.
    pub formats: HashMap<String, Number>,
    /// The names of the FORMAT fields whose `Type` is not a number.
    pub format_texts: HashSet<String>,
    /// For BCF: the name of the INFO, FORMAT or FILTER with each number; `None` for a number without a name.
    pub dictionary: Vec<Option<String>>,
    /// For BCF: the index in `contigs` of each contig number; `None` for a number without a contig.
    pub contig_numbers: Vec<Option<usize>>,
    /// The description of the INFO field `CSQ`, which lists the parts of the field's value.
    pub consequences: Option<String>,
}

/// The contigs and names that the header lines before the current line define.
#[derive(Default)]
struct Known {
    contigs: HashSet<String>,
    names: HashSet<String>,
}

impl VcfHeader {
    /// Parses the text of a VCF header.
    ///
    /// # Errors
    /// [`FormatError::Header`] with the first fault, or [`FormatError::TooMuch`] beyond the limits of [`crate::limits`].
    pub fn parse(text: &[u8]) -> FormatResult<Self> {
        within(text.len(), MOST_HEADER_BYTES, HEADER_BYTES)?;
        let readable = std::str::from_utf8(text).map_err(|_| FormatError::Header("the VCF header is not text"))?;
        let mut lines = readable.trim_end_matches('\0').lines();
        if !lines.next().is_some_and(|first| first.starts_with("##fileformat=VCFv4.")) {
            return Err(FormatError::Header("the first line is not ##fileformat=VCFv4.x"));
        }
        let mut header = Self {
            text: text.to_vec(),
            dictionary: vec![Some("PASS".to_owned())],
            ..Self::default()
        };
        let mut known = Known::default();
        known.names.insert("PASS".to_owned());
        let mut columns = None;
        for (number, line) in lines.enumerate() {
            within(number + 1, MOST_HEADER_LINES, HEADER_LINES)?;
            if columns.is_some() {
                return Err(FormatError::Header("a line follows the #CHROM line"));
            }
            if let Some(meta) = line.strip_prefix("##") {
                header.add_meta(meta, &mut known)?;
            } else if line.starts_with("#CHROM\t") {
                columns = Some(line);
            } else {
                return Err(FormatError::Header("a line begins neither with ## nor #CHROM"));
            }
        }
        header.add_columns(columns.ok_or(FormatError::Header("no #CHROM line"))?)?;
        Ok(header)
    }

    fn add_columns(&mut self, line: &str) -> FormatResult<()> {
        within(
            line.bytes().filter(|b| *b == b'\t').count(),
            8 + MOST_SAMPLES,
            "more than 524,288 samples",
        )?;
        let columns: Vec<&str> = line.split('\t').collect();
        let fixed = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"];
        if columns.len() < 8 || columns[..8] != fixed {
            return Err(FormatError::Header("the #CHROM line does not name the eight columns"));
        }
        if columns.len() > 8 && columns[8] != "FORMAT" {
            return Err(FormatError::Header("the ninth column is not FORMAT"));
        }
        for sample in columns.into_iter().skip(9) {
            if sample.is_empty() {
                return Err(FormatError::Header("a sample has no name"));
            }
            self.samples.push(sample.to_owned());
        }
        let mut sorted: Vec<&String> = self.samples.iter().collect();
        sorted.sort_unstable();
        if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(FormatError::Header("a sample is named twice"));
        }
        Ok(())
    }

    fn add_meta(&mut self, meta: &str, known: &mut Known) -> FormatResult<()> {
        let Some((kind, value)) = meta.split_once('=') else {
            return Ok(());
        };
        if !matches!(kind, "contig" | "INFO" | "FORMAT" | "FILTER") {
            return Ok(());
        }
        let attributes = attributes(value).ok_or(FormatError::Header("a structured line does not parse"))?;
        let attribute = |name: &str| attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
        let id = attribute("ID")
            .ok_or(FormatError::Header("a structured line has no ID"))?
            .to_owned();
        let index = match attribute("IDX") {
            Some(index) => Some(index.parse::<usize>().map_err(|_| FormatError::Header("an IDX is not a number"))?),
            None => None,
        };
        if kind == "contig" {
            if !known.contigs.insert(id.clone()) {
                return Ok(());
            }
            within(id.len(), MOST_CONTIG_NAME_BYTES, CONTIG_NAME)?;
            let number = index.unwrap_or(self.contig_numbers.len());
            within(number.saturating_add(1), MOST_CONTIGS, CONTIGS)?;
            self.contig_numbers.resize(self.contig_numbers.len().max(number + 1), None);
            if self.contig_numbers[number].is_some() {
                return Err(FormatError::Header("an IDX is used twice"));
            }
            self.contig_numbers[number] = Some(self.contigs.len());
            self.contigs.push(HeaderContig {
                name: id,
                length: attribute("length").and_then(|l| l.parse().ok()),
                md5: attribute("md5").or_else(|| attribute("M5")).map(str::to_ascii_lowercase),
            });
            return Ok(());
        }
        let number = match attribute("Number") {
            Some("A") => Number::Alternatives,
            Some("R") => Number::Alleles,
            Some("G") => Number::Genotypes,
            Some(count) if count.bytes().all(|b| b.is_ascii_digit()) => Number::Fixed,
            _ => Number::Unknown,
        };
        match kind {
            "INFO" => drop(self.infos.insert(id.clone(), number)),
            "FORMAT" => {
                self.formats.insert(id.clone(), number);
                if !matches!(attribute("Type"), Some("Integer" | "Float")) {
                    self.format_texts.insert(id.clone());
                }
            }
            _ => {}
        }
        if kind == "INFO" && id == "CSQ" {
            self.consequences = attribute("Description").map(str::to_owned);
        }
        if known.names.insert(id.clone()) {
            self.add_to_dictionary(id, index)?;
        }
        Ok(())
    }

    /// Adds a name to the BCF dictionary. Names are numbered in order of first occurrence, `PASS` is 0, and an `IDX` overrides the number
    /// (BCF 2.2 § 6.2.1).
    fn add_to_dictionary(&mut self, id: String, index: Option<usize>) -> FormatResult<()> {
        let number = index.unwrap_or(self.dictionary.len());
        within(
            number.saturating_add(1),
            MOST_DICTIONARY_NUMBER,
            "more than 131,072 names of INFO, FORMAT and FILTER",
        )?;
        self.dictionary.resize(self.dictionary.len().max(number + 1), None);
        if self.dictionary[number].is_some() {
            return Err(FormatError::Header("an IDX is used twice"));
        }
        self.dictionary[number] = Some(id);
        Ok(())
    }

    /// The name with this number in the BCF dictionary.
    ///
    /// # Errors
    /// [`FormatError::Record`] if the header does not define the number.
    pub fn name(&self, number: usize) -> FormatResult<&str> {
        self.dictionary
            .get(number)
            .and_then(Option::as_deref)
            .ok_or(FormatError::Record("a field that the header does not define"))
    }

    /// The contig with this number in BCF.
    ///
    /// # Errors
    /// [`FormatError::Record`] if the header does not have the contig.
    pub fn contig(&self, number: i32) -> FormatResult<&HeaderContig> {
        usize::try_from(number)
            .ok()
            .and_then(|n| self.contig_numbers.get(n).copied().flatten())
            .and_then(|n| self.contigs.get(n))
            .ok_or(FormatError::Record("a contig that the header does not have"))
    }
}

/// Parses the attributes of a structured line, `<ID=..,Description="..">`. `None` if the value has another form. Quotes around values are
/// removed, and nothing else is changed. A quoted value may contain commas and escaped quotes.
pub fn attributes(value: &str) -> Option<Vec<(&str, String)>> {
    let mut rest = value.trim_end().strip_prefix('<')?.strip_suffix('>')?;
    let mut attributes = Vec::new();
    while !rest.is_empty() {
        if attributes.len() == MOST_ATTRIBUTES {
            return None;
        }
        let (key, behind) = rest.split_once('=')?;
        if let Some(quoted) = behind.strip_prefix('"') {
            let mut escaped = false;
            let end = quoted.char_indices().find_map(|(at, c)| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends.then_some(at)
            })?;
            attributes.push((key.trim(), quoted[..end].to_owned()));
            let behind = &quoted[end + 1..];
            rest = behind.strip_prefix(',').unwrap_or(behind);
            if !behind.is_empty() && !behind.starts_with(',') {
                return None;
            }
        } else {
            let (plain, behind) = behind.split_once(',').unwrap_or((behind, ""));
            attributes.push((key.trim(), plain.to_owned()));
            rest = behind;
        }
    }
    Some(attributes)
}
