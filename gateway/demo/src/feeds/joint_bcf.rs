//! Writes a joint file as BCF.

use noodles::bgzf::io::writer::{Builder, CompressionLevel};
use noodles::vcf::variant::RecordBuf;
use noodles::vcf::variant::io::Write as _;
use noodles::vcf::variant::record_buf::Samples;
use noodles::vcf::variant::record_buf::samples::sample::Value;
use noodles::{bcf, vcf};

use crate::error::DemoError;

/// The BCF of a VCF text.
pub(super) fn encode(text: &str) -> Result<Vec<u8>, DemoError> {
    let mut reader = vcf::io::Reader::new(text.as_bytes());
    let header = reader.read_header().map_err(DemoError::Encoding)?;
    let bgzf = Builder::default()
        .set_compression_level(CompressionLevel::FAST)
        .build_from_writer(Vec::new());
    let mut writer = bcf::io::Writer::from(bgzf);
    writer.write_variant_header(&header).map_err(DemoError::Encoding)?;
    for record in reader.record_bufs(&header) {
        let mut record = record.map_err(DemoError::Encoding)?;
        spell_out_missing_genotypes(&mut record);
        writer.write_variant_record(&header, &record).map_err(DemoError::Encoding)?;
    }
    writer.into_inner().finish().map_err(DemoError::Encoding)
}

/// noodles reads the genotype `.` as a missing value, which its BCF writer rejects. As text, it is written as one missing allele, which is correct.
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
