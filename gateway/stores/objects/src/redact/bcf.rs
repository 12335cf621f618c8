//! Redacts the records of a BCF file for the kept samples. The vectors of each FORMAT field are copied as bytes, without a conversion to
//! text.

mod genotypes;
mod info;
mod vectors;

use hts_formats::bcf::record::{BcfRecord, FormatField};
use hts_formats::bcf::typed::{Kind, put_descriptor, put_integer};
use hts_formats::error::{FormatError, FormatResult};
use hts_formats::vcf::header::VcfHeader;

use self::genotypes::{count, renumber, unphase};
use self::info::{put_shared, put_shared_of_everybody};
use self::vectors::Vectors;
use super::KeptColumns;
use super::fields::{FieldRules, FormatRule};
use super::info::InfoRule;
use super::plan::{AllelePlan, GenotypeSelections, Shape};
use super::sample_text::SampleText;
use super::site::Site;

/// The missing value of a float in BCF, little-endian.
const MISSING_FLOAT: [u8; 4] = [1, 0, 0x80, 0x7f];

/// Redacts the records of a BCF file one after the other. The buffers are reused for each record.
pub(crate) struct RecordRedactor<'a> {
    rules: FieldRules<'a>,
    /// The rules of FORMAT fields (`formats`) and INFO fields (`infos`), by the number of the field in the header's dictionary.
    formats: Vec<Option<FormatRule>>,
    infos: Vec<Option<InfoRule>>,
    places: Vec<usize>,
    selections: GenotypeSelections,
    calls: Vectors,
    vectors: Vectors,
    shared: Vec<u8>,
    individual: Vec<u8>,
    out: Vec<u8>,
}

impl<'a> RecordRedactor<'a> {
    /// Makes a redactor that keeps these sample columns.
    ///
    /// # Errors
    /// An error if a kept column is missing in the header.
    pub(crate) fn new(header: &'a VcfHeader, kept: &'a KeptColumns) -> FormatResult<Self> {
        let rules = FieldRules::new(header, kept)?;
        let by_number = |name: &Option<String>| name.as_deref().map(|name| (rules.format(name), rules.info(name)));
        let (formats, infos) = header
            .dictionary
            .iter()
            .map(by_number)
            .map(|pair| (pair.map(|(format, _)| format), pair.map(|(_, info)| info)))
            .unzip();
        Ok(Self {
            rules,
            formats,
            infos,
            places: kept.columns.iter().map(|column| column.at).collect(),
            selections: GenotypeSelections::default(),
            calls: Vectors::default(),
            vectors: Vectors::default(),
            shared: Vec::new(),
            individual: Vec::new(),
            out: Vec::new(),
        })
    }

    /// Returns the record for the kept samples, including its two length fields. Absent if samples are removed and no kept sample carries
    /// an alternative allele.
    ///
    /// The returned record does not reveal the values of the removed samples. The width and the type of each vector depend only on the kept
    /// samples, and a FORMAT field without a value in a kept sample is removed. REF can become shorter, and the number of reference bases
    /// that the record covers can become smaller.
    pub(crate) fn redact(&mut self, record: &[u8]) -> FormatResult<Option<&[u8]>> {
        let record = BcfRecord::parse(record)?;
        if record.sample_count != self.rules.header.samples.len() {
            return Err(FormatError::Record("another number of samples than the header"));
        }
        self.shared.clear();
        self.individual.clear();
        self.selections.clear();
        let mut genotypes = None;
        for (at, field) in record.formats.iter().enumerate() {
            if self.format_rule(field)?.is_genotype {
                self.calls.gather(field, &self.places);
                genotypes = Some(at);
            }
            if record.formats[..at].iter().any(|other| other.key == field.key) {
                return Err(FormatError::Record("a FORMAT field occurs twice"));
            }
        }
        let (plan, quality, length, info_count) = if self.rules.kept.some_go {
            if genotypes.is_none() {
                // In a record without genotypes, no kept sample is known to carry an allele, so the record is removed.
                return Ok(None);
            }
            let alternatives = &record.alleles[1..];
            let counts = count(&self.calls, record.alleles.len())?;
            let Some(plan) = AllelePlan::new(alternatives, &counts) else {
                return Ok(None);
            };
            let contig = &self.rules.header.contig(record.contig)?.name;
            let site = Site::new(contig, i64::from(record.position) + 1, record.alleles[0], alternatives, plan);
            let written = put_shared(&mut self.shared, &record, &self.rules, &self.infos, &site, &counts)?;
            (site.plan, MISSING_FLOAT, written.length, written.info_count)
        } else {
            let plan = AllelePlan::everything(record.alleles.len() - 1);
            let info_count = put_shared_of_everybody(&mut self.shared, &record, self.rules.header)?;
            (plan, record.quality, record.length, info_count)
        };
        let mut format_count = 0_u32;
        for field in &record.formats {
            let rule = self.format_rule(field)?;
            if rule.stays && self.put_format(field, rule, &plan)? {
                format_count += 1;
            }
        }
        let word = format_count << 24 | self.places.len() as u32;
        self.out.clear();
        for bytes in [24 + self.shared.len(), self.individual.len()] {
            let length = u32::try_from(bytes).map_err(|_| FormatError::Record("a record is too large for BCF"))?;
            self.out.extend_from_slice(&length.to_le_bytes());
        }
        for value in [record.contig, record.position, length] {
            self.out.extend_from_slice(&value.to_le_bytes());
        }
        self.out.extend_from_slice(&quality);
        self.out.extend_from_slice(&info_count.to_le_bytes());
        self.out.extend_from_slice(&(plan.kept.len() as u16).to_le_bytes());
        self.out.extend_from_slice(&word.to_le_bytes());
        self.out.extend_from_slice(&self.shared);
        self.out.extend_from_slice(&self.individual);
        Ok(Some(&self.out))
    }

    fn format_rule(&self, field: &FormatField<'_>) -> FormatResult<FormatRule> {
        self.formats
            .get(field.key)
            .copied()
            .flatten()
            .ok_or(FormatError::Record("a field that the header does not define"))
    }

    /// Writes the values of one FORMAT field for the kept samples. Returns false and writes nothing if no kept sample has a value.
    fn put_format(&mut self, field: &FormatField<'_>, rule: FormatRule, plan: &AllelePlan) -> FormatResult<bool> {
        let kept = self.rules.kept;
        let vectors = if rule.is_genotype {
            &mut self.calls
        } else {
            self.vectors.gather(field, &self.places);
            &mut self.vectors
        };
        let without_relatives = kept.lacks_relatives().then_some(&kept.columns);
        if rule.is_genotype {
            if plan.trims() {
                renumber(vectors, plan)?;
            }
            if let Some(columns) = without_relatives {
                unphase(vectors, |sample| columns[sample].whole_family)?;
            }
        } else {
            if let Some(columns) = without_relatives.filter(|_| rule.owed) {
                vectors.make_missing(|sample| columns[sample].whole_family);
            }
            if rule.text != SampleText::Silent {
                let put = |sample: usize, text: &[u8], out: &mut Vec<u8>| {
                    rule.text.put(out, text, kept.columns[sample].whole_family, &self.rules.gone);
                };
                vectors.replace_texts(put);
            }
            if plan.trims() && rule.shape != Shape::Whole {
                vectors.select(rule.shape, plan, &mut self.selections)?;
            }
        }
        if kept.some_go {
            if !rule.is_genotype && vectors.all_missing() {
                return Ok(false);
            }
            vectors.shrink();
            vectors.narrow();
        }
        put_integer(&mut self.individual, field.key)?;
        put_descriptor(&mut self.individual, vectors.kind(), vectors.width())?;
        self.individual.extend_from_slice(vectors.bytes());
        Ok(true)
    }
}

/// Writes integers as a vector of the smallest BCF integer type that can represent all of them.
fn put_integers(out: &mut Vec<u8>, values: &[i32]) -> FormatResult<()> {
    let kind = Kind::of_range(values.iter().copied().filter(|value| *value > i32::MIN + 1));
    put_descriptor(out, kind, values.len())?;
    for value in values {
        kind.put(out, *value);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
