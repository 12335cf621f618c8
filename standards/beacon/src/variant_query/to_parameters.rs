//! Converts a query back to `g_variant` request parameters, for a request to another Beacon.

use serde_json::{Map, Value, json};

use super::hgvs::{AlleleQuery, GenomicAllele, GenomicChange};
use super::{BracketQuery, GeneQuery, RangeQuery, SequenceQuery, VariantQuery};
use crate::assembly::Assembly;
use crate::bases::Bases;
use crate::coordinates::LengthBases;
use crate::reference_name::refseq_accession;
use crate::variant_type::VariantType;

impl VariantQuery {
    /// The members of `requestParameters.g_variant` (`genomicVariations/requestParameters.json`) that state this query. They contain every
    /// restriction and nothing else. [`crate::parse_post`] parses them to the same query.
    #[must_use]
    pub fn to_parameters(&self) -> Map<String, Value> {
        let mut to = Parameters(Map::new());
        match self {
            Self::Sequence(query) => to.sequence(query),
            Self::Range(query) => to.range(query),
            Self::Bracket(query) => to.bracket(query),
            Self::Gene(query) => to.gene(query),
            Self::AminoAcid(query) => {
                to.put("aminoacidChange", Some(query.change.to_string()));
                to.put("assemblyId", query.assembly.map(|a| a.as_str()));
            }
            Self::Allele(AlleleQuery::Genomic(allele)) => {
                to.put("genomicAlleleShortForm", Some(hgvs(allele)));
                to.put("assemblyId", Some(allele.assembly.as_str()));
            }
            Self::Allele(AlleleQuery::Annotated(text)) => {
                to.put("genomicAlleleShortForm", Some(format!("{}:{}", text.sequence(), text.change())));
                to.put("assemblyId", text.assembly.map(Assembly::as_str));
            }
        }
        to.0
    }
}

struct Parameters(Map<String, Value>);

impl Parameters {
    fn put(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
    }

    fn limits(
        &mut self,
        reference: Option<&Bases>,
        alternate: Option<&Bases>,
        kind: Option<VariantType>,
        lengths: (Option<LengthBases>, Option<LengthBases>),
    ) {
        self.put("referenceBases", reference.map(Bases::as_str));
        self.put("alternateBases", alternate.map(Bases::as_str));
        self.put("variantType", kind.map(VariantType::as_str));
        self.put("variantMinLength", lengths.0.map(|l| l.0));
        self.put("variantMaxLength", lengths.1.map(|l| l.0));
    }

    fn sequence(&mut self, query: &SequenceQuery) {
        self.put("assemblyId", Some(query.assembly.as_str()));
        self.put("referenceName", Some(query.reference_name.as_str()));
        self.put("start", Some(json!([query.start.0])));
        self.limits(
            query.reference_bases.as_ref(),
            Some(&query.alternate_bases),
            query.variant_type,
            (query.min_length, query.max_length),
        );
    }

    fn range(&mut self, query: &RangeQuery) {
        self.put("assemblyId", Some(query.assembly.as_str()));
        self.put("referenceName", Some(query.reference_name.as_str()));
        self.put("start", Some(json!([query.interval.start().0])));
        self.put("end", Some(json!([query.interval.end().0])));
        let (reference, alternate) = (query.reference_bases.as_ref(), query.alternate_bases.as_ref());
        self.limits(reference, alternate, query.variant_type, (query.min_length, query.max_length));
    }

    fn bracket(&mut self, query: &BracketQuery) {
        self.put("assemblyId", Some(query.assembly.as_str()));
        self.put("referenceName", Some(query.reference_name.as_str()));
        self.put("start", Some(json!([query.start.first().0, query.start.bound().0])));
        self.put("end", Some(json!([query.end.first().0, query.end.bound().0])));
        let (reference, alternate) = (query.reference_bases.as_ref(), query.alternate_bases.as_ref());
        self.limits(reference, alternate, query.variant_type, (query.min_length, query.max_length));
    }

    fn gene(&mut self, query: &GeneQuery) {
        self.put("geneId", Some(query.gene.as_str()));
        self.put("assemblyId", query.assembly.map(|a| a.as_str()));
        self.put("aminoacidChange", query.amino_acid_change.map(|c| c.to_string()));
        let (reference, alternate) = (query.reference_bases.as_ref(), query.alternate_bases.as_ref());
        self.limits(reference, alternate, query.variant_type, (query.min_length, query.max_length));
    }
}

fn hgvs(allele: &GenomicAllele) -> String {
    let (first, last) = (allele.interval.start().0 + 1, allele.interval.end().0);
    let place = if first == last {
        first.to_string()
    } else {
        format!("{first}_{last}")
    };
    let accession = refseq_accession(allele.reference_name, allele.assembly);
    match &allele.change {
        GenomicChange::Deletion => format!("{accession}:g.{place}del"),
        GenomicChange::Duplication => format!("{accession}:g.{place}dup"),
        GenomicChange::Inversion => format!("{accession}:g.{place}inv"),
        GenomicChange::Delins(put) => format!("{accession}:g.{place}delins{}", put.as_str()),
    }
}
