//! Reads the calls of VCF lines.

use std::io::{Read, Seek};

use gemj_model::{Contig, OneBased};
use hts_formats::bgzf::BgzfReader;
use hts_formats::error::{FormatError, FormatResult};
use hts_formats::vcf::header::VcfHeader;
use hts_formats::vcf::{MOST_LINE_BYTES, read_header_text, trim_line_end};

use super::{Call, CallFilter, Records, columns_of, reference_stretch, require_end_marker, span};

/// The number of columns before the sample columns.
const FIXED: usize = 9;

/// Reads the calls of a VCF file, line by line.
pub(super) struct VcfCalls<R> {
    reader: BgzfReader<R>,
    sample_count: usize,
    columns: Vec<usize>,
    line: Vec<u8>,
}

impl<R: Read + Seek> VcfCalls<R> {
    /// Reads the header of the file. Absent if the header has none of the samples in `own`.
    pub(super) fn open(source: R, own: &[String]) -> FormatResult<Option<Self>> {
        let mut reader = BgzfReader::new(source);
        let header = VcfHeader::parse(&read_header_text(&mut reader)?)?;
        Ok(columns_of(&header.samples, own).map(|columns| Self {
            reader,
            sample_count: header.samples.len(),
            columns,
            line: Vec::new(),
        }))
    }
}

impl<R: Read + Seek> Records for VcfCalls<R> {
    fn next(&mut self, calls: &mut Vec<Call>) -> FormatResult<bool> {
        if !self.reader.read_line(&mut self.line, MOST_LINE_BYTES)? {
            require_end_marker(&self.reader)?;
            return Ok(false);
        }
        read_line(&self.line, self.sample_count, &self.columns, calls)?;
        Ok(true)
    }
}

/// Adds the calls of one line: one call for each of the sample columns in `columns`.
fn read_line(line: &[u8], sample_count: usize, columns: &[usize], calls: &mut Vec<Call>) -> FormatResult<()> {
    let line = std::str::from_utf8(trim_line_end(line)).map_err(|_| FormatError::Record("a line is not text"))?;
    let fields: Vec<&str> = line.split('\t').collect();
    if fields.len() != FIXED + sample_count {
        return Err(FormatError::Record("a line of another number of columns than the header"));
    }
    let position = fields[1].parse().map_err(|_| FormatError::Record("POS is not a number"))?;
    let alternates: Vec<String> = match fields[4] {
        "." => Vec::new(),
        list => list.split(',').map(str::to_owned).collect(),
    };
    let end = fields[7].split(';').find_map(|field| field.strip_prefix("END=")?.parse().ok());
    let keys: Vec<&str> = fields[8].split(':').collect();
    for column in columns {
        let values: Vec<&str> = fields[FIXED + column].split(':').collect();
        let value = |key: &str| {
            let at = keys.iter().position(|k| *k == key)?;
            values.get(at).copied().filter(|value| !matches!(*value, "" | "."))
        };
        let (genotype, phased) = genotype(value("GT"), alternates.len())?;
        let number = |key: &str| value(key).and_then(|number| number.parse::<f64>().ok());
        let allele_depths: Option<Vec<u32>> = value("AD").and_then(|depths| depths.split(',').map(|depth| depth.parse().ok()).collect());
        let has_depth = number("DP").is_some() || number("MIN_DP").is_some() || super::has_reads(allele_depths.as_deref());
        let has_evidence = has_depth
            && ["DP", "MIN_DP", "GQ"]
                .iter()
                .all(|key| number(key).is_none_or(|number| number > 0.0));
        let mut call = Call {
            contig: Contig(fields[0].to_owned()),
            position: OneBased(position),
            reference: fields[3].to_owned(),
            filter: filter(fields[6], value("FT")),
            genotype,
            phased,
            allele_depths,
            read_depth: value("DP").and_then(|depth| depth.parse().ok()),
            alternates: alternates.clone(),
            reference_stretch: None,
            span: span(OneBased(position), fields[3], end),
        };
        call.reference_stretch = reference_stretch(&call, end, has_evidence);
        calls.push(call);
    }
    Ok(())
}

/// Combines the record's FILTER with the sample's FT. FT can turn a passed call into a failed call, but never a failed call into a passed
/// call.
pub(super) fn filter(of_site: &str, of_sample: Option<&str>) -> CallFilter {
    match (of_site, of_sample) {
        (_, Some(failed)) if failed != "PASS" => CallFilter::Failed,
        ("PASS", _) => CallFilter::Passed,
        (".", _) => CallFilter::NotApplied,
        (_, _) => CallFilter::Failed,
    }
}

/// Parses GT (VCF 4.3 § 1.6.2; VCF 4.4 allows a phasing mark before the first allele). Returns the alleles in order, each absent if it is
/// `.`, and whether the whole genotype is phased. If `text` is absent, the list of alleles is empty.
fn genotype(text: Option<&str>, alternate_count: usize) -> FormatResult<(Vec<Option<u32>>, bool)> {
    let Some(text) = text else {
        return Ok((Vec::new(), false));
    };
    let bad = FormatError::Record("a value that is not a genotype");
    let text = text.strip_prefix(['/', '|']).unwrap_or(text);
    let mut alleles = Vec::with_capacity(2);
    for allele in text.split(['/', '|']) {
        alleles.push(match allele {
            "." => None,
            number if number.bytes().all(|b| b.is_ascii_digit()) => match number.parse::<u32>() {
                Ok(number) if number as usize <= alternate_count => Some(number),
                Ok(_) | Err(_) => return Err(bad),
            },
            _ => return Err(bad),
        });
    }
    Ok((alleles, text.contains('|') && !text.contains('/')))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn read(line: &str) -> FormatResult<Call> {
        let mut calls = Vec::new();
        read_line(line.as_bytes(), 1, &[0], &mut calls)?;
        Ok(calls.remove(0))
    }

    #[test]
    fn missing_sample_fields_are_absent_in_the_call() {
        let call = read("1\t0\t.\tN\t.\t.\t.\t.\tGT:AD:DP\t.\n").unwrap();
        assert_eq!(
            (call.position, call.alternates.len(), call.filter),
            (OneBased(0), 0, CallFilter::NotApplied)
        );
        assert_eq!((call.genotype, call.allele_depths, call.read_depth), (Vec::new(), None, None));
        let call = read("1\t9\t.\tA\tC,*\t.\tPASS\t.\tDP:GT:AD\t7:|2:3,.,4\n").unwrap();
        assert_eq!(
            (call.genotype, call.phased, call.allele_depths, call.read_depth),
            (vec![Some(2)], false, None, Some(7))
        );
    }

    #[test]
    fn a_failed_ft_of_the_sample_fails_the_call_and_a_passed_ft_does_not_pass_it() {
        let filter_of = |site: &str, sample: &str| read(&format!("1\t9\t.\tA\tC\t.\t{site}\t.\tGT:FT\t0/1:{sample}")).unwrap().filter;
        assert_eq!(filter_of("PASS", "PASS"), CallFilter::Passed);
        assert_eq!(filter_of("PASS", "LowGQ"), CallFilter::Failed);
        assert_eq!(filter_of(".", "PASS"), CallFilter::NotApplied);
        assert_eq!(filter_of("q10;s50", "PASS"), CallFilter::Failed);
        assert_eq!(filter_of("PASS", "."), CallFilter::Passed);
    }

    #[test]
    fn a_reference_block_ends_at_its_end_field_and_a_block_without_depth_is_not_evidence() {
        let stretch = |line: &str| read(line).unwrap().reference_stretch.map(|s| (s.start.0, s.end.0));
        assert_eq!(
            stretch("1\t10\t.\tA\t<NON_REF>\t.\t.\tEND=40\tGT:DP:GQ:MIN_DP\t0/0:30:99:28"),
            Some((9, 40))
        );
        assert_eq!(stretch("1\t10\t.\tA\t.\t.\tPASS\tEND=40\tGT:DP\t0/0:9"), Some((9, 40)));
        assert_eq!(stretch("1\t10\t.\tACG\tA\t.\tPASS\tEND=40\tGT:AD\t0/0:9,0"), Some((9, 12)));
        assert_eq!(stretch("1\t10\t.\tA\t<NON_REF>\t.\t.\tEND=3\tGT:MIN_DP\t0/0:9"), Some((9, 10)));
        // No field shows that reads cover the position, so the line is not evidence of the reference.
        for sample in ["GT\t0/0", "GT:DP\t0/0:.", "GT:GQ\t0/0:60", "GT:AD\t0/0:0,0"] {
            assert_eq!(stretch(&format!("1\t10\t.\tA\tG\t.\tPASS\t.\t{sample}")), None, "{sample}");
        }
        // A sample that does not carry the deletion can have other variants inside the bases of the deletion.
        assert_eq!(stretch("1\t10\t.\tA\t<DEL>\t.\tPASS\tEND=40\tGT:DP\t0/0:9"), None);
        for sample in ["./.", "0/.", ".", "0/0:0:99:0", "0/0:3:0:3", "0/0:3:9:0", "0/1:9:9:9"] {
            let line = format!("1\t10\t.\tA\t<NON_REF>\t.\t.\tEND=40\tGT:DP:GQ:MIN_DP\t{sample}");
            assert_eq!(stretch(&line), None, "{sample}");
        }
        assert_eq!(stretch("1\t10\t.\tA\t.\t.\tLowQual\tEND=40\tGT\t0/0"), None);
    }

    #[test]
    fn a_genotype_is_phased_only_if_all_its_alleles_are_phased() {
        let phased = |text: &str| genotype(Some(text), 2).unwrap().1;
        assert!(phased("0|1") && phased("|0|1") && phased(".|1"));
        assert!(!phased("0/1") && !phased("1") && !phased("0|1/2") && !phased("|1"));
    }

    #[test]
    fn an_invalid_genotype_is_an_error() {
        for text in ["2/0", "a", "0//1", "0/", "+1", "99999999999"] {
            assert!(genotype(Some(text), 1).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_random_line_is_read_or_rejected_without_a_panic(bytes in prop::collection::vec(prop::sample::select(b"\t\t\t01./|:,AGTDPC\xff*".to_vec()), 0..60)) {
            let _ = read_line(&bytes, 1, &[0], &mut Vec::new());
        }
    }
}
