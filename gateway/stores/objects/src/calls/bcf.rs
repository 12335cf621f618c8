//! Reads the calls of BCF records.

use std::io::{Read, Seek};

use gemj_model::{Contig, OneBased};
use hts_formats::bcf::record::{BcfRecord, FormatField};
use hts_formats::bcf::typed::{Kind, integers, typed};
use hts_formats::bcf::{BcfHeader, read_header, read_record};
use hts_formats::bgzf::BgzfReader;
use hts_formats::error::{FormatError, FormatResult};
use hts_formats::fields::Fields;

use super::vcf::filter;
use super::{Call, CallFilter, Records, columns_of, reference_stretch, require_end_marker, span};

/// The number of bytes before a record's ID: two length fields (8 bytes), then contig, position, length, quality and counts (24 bytes).
const FIXED_BYTES: usize = 8 + 24;
const MISSING: i32 = i32::MIN;
const END_OF_VECTOR: i32 = i32::MIN + 1;

/// Reads the calls of a BCF file, record by record.
pub(super) struct BcfCalls<R> {
    reader: BgzfReader<R>,
    header: BcfHeader,
    columns: Vec<usize>,
    record: Vec<u8>,
}

impl<R: Read + Seek> BcfCalls<R> {
    /// Reads the header of the file. Absent if the header has none of the samples in `own`.
    pub(super) fn open(source: R, own: &[String]) -> FormatResult<Option<Self>> {
        let mut reader = BgzfReader::new(source);
        let header = read_header(&mut reader)?;
        Ok(columns_of(&header.vcf.samples, own).map(|columns| Self {
            reader,
            header,
            columns,
            record: Vec::new(),
        }))
    }
}

impl<R: Read + Seek> Records for BcfCalls<R> {
    fn next(&mut self, calls: &mut Vec<Call>) -> FormatResult<bool> {
        if !read_record(&mut self.reader, &mut self.record)? {
            require_end_marker(&self.reader)?;
            return Ok(false);
        }
        read_calls(&self.record, &self.header, &self.columns, calls)?;
        Ok(true)
    }
}

/// Adds the calls of one record: one call for each of the sample columns in `columns`.
fn read_calls(bytes: &[u8], header: &BcfHeader, columns: &[usize], calls: &mut Vec<Call>) -> FormatResult<()> {
    let record = BcfRecord::parse(bytes)?;
    let contig = usize::try_from(record.contig)
        .ok()
        .and_then(|number| *header.vcf.contig_numbers.get(number)?)
        .and_then(|place| header.vcf.contigs.get(place))
        .ok_or(FormatError::Record("a contig that the header does not have"))?;
    let position = u64::try_from(i64::from(record.position) + 1).map_err(|_| FormatError::Record("a negative position"))?;
    let end = u64::try_from(i64::from(record.position) + i64::from(record.length)).ok();
    let of_site = site_filter(bytes, record.alleles.len())?;
    let alleles = record.alleles.iter().map(|allele| {
        let text = std::str::from_utf8(allele).map_err(|_| FormatError::Record("an allele is not text"))?;
        Ok(text.trim_end_matches('\0').to_owned())
    });
    let alleles: Vec<String> = alleles.collect::<FormatResult<_>>()?;
    // bcftools writes an ALT of `.` as a record without an ALT allele. Other programs write an allele whose text is `.`.
    let alternates: Vec<String> = alleles[1..].iter().filter(|allele| *allele != ".").cloned().collect();
    let field = |key: &str| {
        let named = |field: &&FormatField<'_>| header.vcf.dictionary.get(field.key).and_then(Option::as_deref) == Some(key);
        record.formats.iter().find(named)
    };
    for column in columns {
        let numbers = |key: &str| field(key).map(|field| integers(field.kind, field.of_sample(*column)?)).transpose();
        let (genotype, phased) = genotype(numbers("GT")?.unwrap_or_default(), alternates.len())?;
        // AD or DP counts as absent if one of its values is missing, negative or not an integer.
        let depths = |key: &str| {
            let numbers = numbers(key).ok().flatten()?.into_iter().take_while(|n| *n != END_OF_VECTOR);
            let depths: Option<Vec<u32>> = numbers.map(|n| u32::try_from(n).ok()).collect();
            depths.filter(|depths| !depths.is_empty())
        };
        let has_number = |key: &str| depths(key).is_some();
        let has_evidence = |key: &str| depths(key).and_then(|depths| depths.first().copied()).is_none_or(|depth| depth > 0);
        let mut call = Call {
            contig: Contig(contig.name.clone()),
            position: OneBased(position),
            reference: alleles[0].clone(),
            alternates: alternates.clone(),
            filter: match field("FT") {
                Some(field) if failed(field, *column)? => CallFilter::Failed,
                Some(_) | None => of_site,
            },
            genotype,
            phased,
            allele_depths: depths("AD"),
            read_depth: depths("DP").and_then(|depths| depths.first().copied()),
            reference_stretch: None,
            span: span(OneBased(position), &alleles[0], end),
        };
        let has_depth = has_number("DP") || has_number("MIN_DP") || super::has_reads(call.allele_depths.as_deref());
        let has_evidence = has_depth && ["DP", "MIN_DP", "GQ"].into_iter().all(has_evidence);
        call.reference_stretch = reference_stretch(&call, end, has_evidence);
        calls.push(call);
    }
    Ok(())
}

/// Reads FILTER, a vector of dictionary numbers. 0 is `PASS`, and an empty vector is `.`.
fn site_filter(bytes: &[u8], allele_count: usize) -> FormatResult<CallFilter> {
    let mut fields = Fields::new(bytes, "a record is cut off");
    fields.take(FIXED_BYTES)?;
    // The ID and the alleles precede FILTER and are skipped.
    for _ in 0..=allele_count {
        typed(&mut fields)?;
    }
    let filters = typed(&mut fields)?;
    let numbers = integers(filters.kind, filters.data)?;
    let mut numbers = numbers.into_iter().filter(|n| *n != END_OF_VECTOR && *n != MISSING).peekable();
    Ok(match (numbers.peek().is_some(), numbers.all(|number| number == 0)) {
        (false, _) => CallFilter::NotApplied,
        (true, true) => CallFilter::Passed,
        (true, false) => CallFilter::Failed,
    })
}

/// Whether the sample's FT contains a failed filter. `.` and an empty FT are not failures.
fn failed(field: &FormatField<'_>, column: usize) -> FormatResult<bool> {
    if field.kind != Kind::Char {
        return Ok(false);
    }
    let text = std::str::from_utf8(field.of_sample(column)?).map_err(|_| FormatError::Record("FT is not text"))?;
    let text = text.trim_end_matches('\0');
    Ok(!matches!(text, "" | ".") && filter("PASS", Some(text)) == CallFilter::Failed)
}

/// Parses GT (BCF 2.2 § 6.3.3) into alleles and a flag for phasing. A value is (allele + 1) << 1 | phased. The values 0 and 1 mean `.`.
/// Returns the alleles in order, each absent if it is `.`, and whether the whole genotype is phased.
fn genotype(numbers: Vec<i32>, alternate_count: usize) -> FormatResult<(Vec<Option<u32>>, bool)> {
    let mut alleles = Vec::with_capacity(numbers.len());
    let mut phased = true;
    for number in numbers.into_iter().take_while(|n| *n != END_OF_VECTOR) {
        if number == MISSING {
            alleles.push(None);
            phased = false;
            continue;
        }
        if number < 0 {
            return Err(FormatError::Record("a value that is not a genotype"));
        }
        let allele = (number as u32 >> 1).checked_sub(1);
        if allele.is_some_and(|allele| allele as usize > alternate_count) {
            return Err(FormatError::Record("a value that is not a genotype"));
        }
        phased &= alleles.is_empty() || number & 1 == 1;
        alleles.push(allele);
    }
    let phased = phased && alleles.len() > 1;
    // A sample whose only value is missing has no genotype. The result is an empty list, not one unknown allele.
    if alleles == [None] {
        alleles.clear();
    }
    Ok((alleles, phased))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn genotypes_are_numbers_with_a_phasing_bit() {
        assert_eq!(genotype(vec![2, 4], 1).unwrap(), (vec![Some(0), Some(1)], false));
        assert_eq!(genotype(vec![2, 5], 1).unwrap(), (vec![Some(0), Some(1)], true));
        assert_eq!(genotype(vec![4, END_OF_VECTOR], 1).unwrap(), (vec![Some(1)], false));
        assert_eq!(genotype(vec![0, 4], 1).unwrap(), (vec![None, Some(1)], false));
        assert_eq!(genotype(vec![0, END_OF_VECTOR], 1).unwrap(), (vec![], false));
        assert_eq!(genotype(vec![2 * 201, 2], 200).unwrap(), (vec![Some(200), Some(0)], false));
        assert!(genotype(vec![6, 2], 1).is_err());
        assert!(genotype(vec![-3, 2], 1).is_err());
    }
}
