//! Redacts the lines of a VCF file for the kept samples.

mod cells;
mod genotypes;
mod info;

use self::cells::Cells;
use self::genotypes::{add_calls, put_renumbered};
use self::info::put_info;
pub(super) use self::info::put_list;
use hts_formats::error::{FormatError, FormatResult};
use hts_formats::vcf::header::VcfHeader;
use hts_formats::vcf::trim_line_end;

use super::KeptColumns;
use super::family::{filter_stays, info_stays, unphased_text};
use super::fields::{FieldRules, FormatRule};
use super::ids::put_ids;
use super::info::{InfoRule, rule};
use super::plan::{AlleleCounts, AllelePlan, GenotypeSelections, Selection, Shape};
use super::sample_text::SampleText;
use super::site::Site;

/// Redacts the lines of a VCF file one after the other. The buffers are reused for each line.
pub(crate) struct LineRedactor<'a> {
    rules: FieldRules<'a>,
    cells: Cells,
    /// The FORMAT text of the previous line. Its rules are in `formats` and are used again, because the next line almost always has the
    /// same FORMAT.
    keys: Vec<u8>,
    formats: Vec<FormatRule>,
    /// For each FORMAT field in `formats`, whether the field is kept on the current line.
    stays: Vec<bool>,
    selections: GenotypeSelections,
    genotype: Vec<u8>,
    text: Vec<u8>,
    out: Vec<u8>,
}

impl<'a> LineRedactor<'a> {
    /// Makes a redactor that keeps these sample columns.
    ///
    /// # Errors
    /// An error if a kept column is missing in the header.
    pub(crate) fn new(header: &'a VcfHeader, kept: &'a KeptColumns) -> FormatResult<Self> {
        Ok(Self {
            rules: FieldRules::new(header, kept)?,
            cells: Cells::default(),
            keys: Vec::new(),
            formats: Vec::new(),
            stays: Vec::new(),
            selections: GenotypeSelections::default(),
            genotype: Vec::new(),
            text: Vec::new(),
            out: Vec::new(),
        })
    }

    /// Returns the line for the kept samples, with its line feed. Absent if samples are removed and no kept sample carries an alternative
    /// allele.
    ///
    /// The returned line does not reveal the values of the removed samples. A FORMAT field without a value in a kept sample is removed, and
    /// REF can become shorter.
    pub(crate) fn redact(&mut self, line: &[u8]) -> FormatResult<Option<&[u8]>> {
        let line = trim_line_end(line);
        let (rules, kept) = (&self.rules, self.rules.kept);
        let fixed = self.cells.find(line, rules.header.samples.len(), kept)?;
        if self.keys != fixed[8] {
            self.formats = formats(rules, fixed[8])?;
            self.keys.clear();
            self.keys.extend_from_slice(fixed[8]);
        }
        self.selections.clear();
        let alternatives: Vec<&[u8]> = match fixed[4] {
            b"." => Vec::new(),
            list => list.split(|b| *b == b',').collect(),
        };
        let genotype = self.formats.iter().position(|format| format.is_genotype);
        self.out.clear();
        self.stays.clear();
        self.stays.extend(self.formats.iter().map(|format| format.stays));
        let plan = if kept.some_go {
            let Some(genotype) = genotype else {
                // On a line without genotypes, no kept sample is known to carry an allele, so the line is removed.
                return Ok(None);
            };
            let mut counts = AlleleCounts::new(alternatives.len() + 1);
            for cell in self.cells.iter(line) {
                add_calls(cell.split(|b| *b == b':').nth(genotype).unwrap_or_default(), &mut counts)?;
            }
            let Some(plan) = AllelePlan::new(&alternatives, &counts) else {
                return Ok(None);
            };
            let contig = std::str::from_utf8(fixed[0]).map_err(|_| FormatError::Record("CHROM is not text"))?;
            let position = std::str::from_utf8(fixed[1]).ok().and_then(|text| text.parse().ok());
            let position = position
                .filter(|position| (0..1 << 40).contains(position))
                .ok_or(FormatError::Record("POS is not a number"))?;
            let site = Site::new(contig, position, fixed[3], &alternatives, plan);
            put_columns(&mut self.out, &fixed[..2]);
            put_ids(&mut self.out, fixed[2], &site, &rules.gone);
            self.out.push(b'\t');
            self.out.extend_from_slice(site.reference());
            for (at, alternative) in site.kept_alternatives().enumerate() {
                self.out.push(if at == 0 { b'\t' } else { b',' });
                self.out.extend_from_slice(alternative);
            }
            self.out.extend_from_slice(b"\t.\t.\t");
            put_info(&mut self.out, fixed[7], rules, &site, &counts);
            self.drop_missing(line, &site.plan);
            site.plan
        } else {
            put_columns(&mut self.out, &fixed[..6]);
            put_list(&mut self.out, fixed[6], filter_stays);
            self.out.push(b'\t');
            put_list(&mut self.out, fixed[7], |field| {
                let name = field.split('=').next().unwrap_or_default();
                rule(name) != InfoRule::Drop || info_stays(name)
            });
            AllelePlan::everything(alternatives.len())
        };
        self.put_keys();
        let are_silent = self.formats.iter().all(|format| format.text == SampleText::Silent);
        let everything = !plan.trims() && !self.stays.contains(&false) && are_silent;
        for (at, column) in kept.columns.iter().enumerate() {
            self.out.push(b'\t');
            let cell = self.cells.get(line, at);
            if everything && column.whole_family {
                self.out.extend_from_slice(cell);
            } else {
                self.put_cell(cell, column.whole_family, &plan)?;
            }
        }
        self.out.push(b'\n');
        Ok(Some(&self.out))
    }

    /// Marks the FORMAT fields without a value in a kept sample as removed. Usually the first sample has a value of each field, so the
    /// search ends early.
    fn drop_missing(&mut self, line: &[u8], plan: &AllelePlan) {
        let mut unseen: Vec<usize> = (0..self.formats.len())
            .filter(|i| self.stays[*i] && !self.formats[*i].is_genotype)
            .collect();
        for (cell, column) in self.cells.iter(line).zip(&self.rules.kept.columns) {
            if unseen.is_empty() {
                return;
            }
            for (at, value) in cell.split(|b| *b == b':').enumerate() {
                if !unseen.contains(&at) || value.iter().all(|b| matches!(b, b'.' | b',')) {
                    continue;
                }
                let format = self.formats[at];
                if format.text != SampleText::Silent {
                    self.text.clear();
                    format.text.put(&mut self.text, value, column.whole_family, &self.rules.gone);
                    if self.text == b"." {
                        continue;
                    }
                }
                let count = value.iter().filter(|b| **b == b',').count() + 1;
                let is_taken_apart = plan.select(format.shape, count, &mut self.selections) != Selection::Missing;
                if is_taken_apart && (column.whole_family || !format.owed) {
                    unseen.retain(|i| *i != at);
                }
            }
        }
        unseen.iter().for_each(|at| self.stays[*at] = false);
    }

    fn put_keys(&mut self) {
        self.out.push(b'\t');
        let start = self.out.len();
        for (key, _) in self.keys.split(|b| *b == b':').zip(&self.stays).filter(|(_, stays)| **stays) {
            if self.out.len() > start {
                self.out.push(b':');
            }
            self.out.extend_from_slice(key);
        }
        if self.out.len() == start {
            self.out.push(b'.');
        }
    }

    fn put_cell(&mut self, cell: &[u8], whole_family: bool, plan: &AllelePlan) -> FormatResult<()> {
        let start = self.out.len();
        for (at, value) in cell.split(|b| *b == b':').enumerate() {
            let format = self
                .formats
                .get(at)
                .ok_or(FormatError::Record("a sample has more fields than FORMAT"))?;
            if !self.stays[at] {
                continue;
            }
            if self.out.len() > start {
                self.out.push(b':');
            }
            if format.is_genotype {
                self.genotype.clear();
                put_renumbered(&mut self.genotype, value, plan)?;
                if whole_family {
                    self.out.extend_from_slice(&self.genotype);
                } else {
                    self.out.extend_from_slice(&unphased_text(&self.genotype));
                }
            } else if !whole_family && format.owed {
                self.out.push(b'.');
            } else if format.text == SampleText::Silent {
                put_selected(&mut self.out, value, format.shape, plan, &mut self.selections);
            } else {
                self.text.clear();
                format.text.put(&mut self.text, value, whole_family, &self.rules.gone);
                put_selected(&mut self.out, &self.text, format.shape, plan, &mut self.selections);
            }
        }
        if self.out.len() == start {
            self.out.push(b'.');
        }
        Ok(())
    }
}

/// The redaction rules of the fields in a line's FORMAT, in order.
fn formats(rules: &FieldRules<'_>, keys: &[u8]) -> FormatResult<Vec<FormatRule>> {
    let keys = std::str::from_utf8(keys).map_err(|_| FormatError::Record("FORMAT is not text"))?;
    let keys: Vec<&str> = keys.split(':').collect();
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(FormatError::Record("a FORMAT field occurs twice"));
    }
    Ok(keys.into_iter().map(|key| rules.format(key)).collect())
}

fn put_columns(out: &mut Vec<u8>, columns: &[&[u8]]) {
    for column in columns {
        out.extend_from_slice(column);
        out.push(b'\t');
    }
}

/// Writes a comma-separated list of values without the values of removed alleles. Writes `.` if the values cannot be assigned to alleles.
pub(super) fn put_selected(out: &mut Vec<u8>, value: &[u8], shape: Shape, plan: &AllelePlan, selections: &mut GenotypeSelections) {
    if value == b"." || !plan.trims() {
        out.extend_from_slice(value);
        return;
    }
    let count = value.iter().filter(|b| **b == b',').count() + 1;
    match plan.select(shape, count, selections) {
        Selection::Unchanged => out.extend_from_slice(value),
        Selection::Missing => out.push(b'.'),
        Selection::Values(chosen) => {
            // The selected places are in ascending order, so a single pass through the list finds all values.
            let mut values = value.split(|b| *b == b',').enumerate();
            for (at, place) in chosen.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                if let Some((_, text)) = values.find(|(number, _)| number == place) {
                    out.extend_from_slice(text);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
