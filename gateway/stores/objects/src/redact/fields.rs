//! The redaction rules for each field that a header defines. The rules are computed once for a slice.

use hts_formats::error::{FormatError, FormatResult};
use hts_formats::vcf::header::{Number, VcfHeader};

use super::KeptColumns;
use super::consequences::Consequences;
use super::family::format_stays;
use super::info::{InfoRule, rule};
use super::names::GoneNames;
use super::plan::Shape;
use super::sample_text::SampleText;

/// The redaction rule for a FORMAT field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FormatRule {
    /// Whether the FORMAT field is GT.
    pub(crate) is_genotype: bool,
    /// Whether the FORMAT field is kept for at least one column.
    pub(crate) stays: bool,
    /// Whether the field can contain data from a relative. If so, the field is kept only for samples whose whole family is covered by the
    /// Grant.
    pub(crate) owed: bool,
    pub(crate) shape: Shape,
    pub(crate) text: SampleText,
}

/// The redaction rules of one slice.
pub(crate) struct FieldRules<'a> {
    pub(crate) header: &'a VcfHeader,
    pub(crate) kept: &'a KeptColumns,
    pub(crate) gone: GoneNames,
    pub(crate) consequences: Consequences,
}

impl<'a> FieldRules<'a> {
    pub(crate) fn new(header: &'a VcfHeader, kept: &'a KeptColumns) -> FormatResult<Self> {
        let ascending = kept.columns.windows(2).all(|pair| pair[0].at < pair[1].at);
        if !ascending || kept.columns.last().is_none_or(|last| last.at >= header.samples.len()) {
            return Err(FormatError::Header("a sample column is missing"));
        }
        Ok(Self {
            header,
            kept,
            gone: GoneNames::new(header.samples.iter().map(String::as_str), kept),
            consequences: Consequences::described(header.consequences.as_deref().unwrap_or_default()),
        })
    }

    /// The redaction rule of the FORMAT field with this name.
    pub(crate) fn format(&self, name: &str) -> FormatRule {
        let number = self.header.formats.get(name).copied();
        let shape = Shape::of_format(name, number);
        FormatRule {
            is_genotype: name == "GT",
            stays: self.kept.keeps_format(name) && !self.gone.are_in_id(name) && !(self.kept.some_go && shape == Shape::Unknown),
            owed: !format_stays(name),
            shape,
            text: SampleText::of_format(name, number.is_none() || self.header.format_texts.contains(name)),
        }
    }

    /// Whether the text of an INFO field names a removed sample. A text that is only a list of numbers is not searched for names.
    pub(crate) fn names_somebody(&self, text: &[u8]) -> bool {
        !text.iter().all(|b| b.is_ascii_digit() || b"-+.,".contains(b)) && self.gone.are_in(text)
    }

    /// The redaction rule of the INFO field with this name. [`InfoRule::Structural`] applies only if the header gives the field a fixed
    /// `Number`, as VCF 4.3 does. With `Number=A`, the field keeps the values of the kept alleles. With any other `Number`, or without a
    /// definition in the header, the field is removed if an allele is removed.
    pub(crate) fn info(&self, name: &str) -> InfoRule {
        match (rule(name), self.header.infos.get(name)) {
            (InfoRule::Structural, Some(Number::Alternatives)) => InfoRule::OfAlternatives,
            (InfoRule::Structural, Some(Number::Fixed)) => InfoRule::Structural,
            (InfoRule::Structural, Some(Number::Alleles | Number::Genotypes | Number::Unknown) | None) => InfoRule::OfAllAlleles,
            (rule, _) => rule,
        }
    }
}
