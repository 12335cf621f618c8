//! Encodes VCF text as BCF. noodles parses and encodes the records.

use std::io;

use noodles::vcf::variant::RecordBuf;
use noodles::vcf::variant::io::Write as _;
use noodles::vcf::variant::record_buf::Samples;
use noodles::vcf::variant::record_buf::samples::sample::Value;
use noodles::{bcf, vcf};

use crate::bgzf::compress::fast_writer;

/// Encodes VCF text, header included, as BCF 2.2.
///
/// # Errors
/// `InvalidData` for text that is not VCF.
pub fn encode(vcf_text: &[u8]) -> io::Result<Vec<u8>> {
    let mut reader = vcf::io::Reader::new(vcf_text);
    let header = reader.read_header()?;
    let mut writer = bcf::io::Writer::from(fast_writer());
    writer.write_variant_header(&header)?;
    for record in reader.record_bufs(&header) {
        let mut record = record?;
        spell_out_missing_genotypes(&mut record);
        writer.write_variant_record(&header, &record)?;
    }
    writer.into_inner().finish()
}

/// Writes each missing genotype as a single missing allele. noodles reads the genotype `.` as no value, and its BCF writer rejects a genotype
/// without value.
fn spell_out_missing_genotypes(record: &mut RecordBuf) {
    let samples = record.samples();
    let values = samples
        .values()
        .map(|sample| {
            let mut values = sample.values().to_vec();
            if let Some(genotype @ None) = values.first_mut() {
                *genotype = Some(Value::String(".".to_owned()));
            }
            values
        })
        .collect();
    *record.samples_mut() = Samples::new(samples.keys().clone(), values);
}
