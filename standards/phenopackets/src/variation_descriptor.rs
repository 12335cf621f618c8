//! A variant as a packet describes it.

use crate::error::PhenopacketError;
use crate::object::Object;
use crate::ontology_class::OntologyClass;
use crate::vcf_record::VcfRecord;

/// The message `VariationDescriptor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariationDescriptor {
    /// The identifier of the variant within the packet.
    pub id: String,
    /// The label of the variant; empty if not stated.
    pub label: String,
    /// The description of the variant ("Free-text description"); empty if not stated.
    pub description: String,
    /// Statements about the variant for which the specification has no member, in the order written.
    pub extensions: Vec<Extension>,
    /// The gene of the variant; absent if not stated.
    pub gene_context: Option<GeneDescriptor>,
    /// The variant in other notations, such as HGVS.
    pub expressions: Vec<Expression>,
    /// The variant as a VCF record; absent if not stated.
    pub vcf_record: Option<VcfRecord>,
    /// The kind of a structural variant (a term of the Sequence Ontology); `None` if not stated.
    pub structural_type: Option<OntologyClass>,
    /// The zygosity (a term of GENO, for example `GENO:0000135` heterozygous); `None` if not stated.
    pub allelic_state: Option<OntologyClass>,
}

/// The message `GeneDescriptor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneDescriptor {
    /// The gene's identifier (`HGNC:18865`).
    pub value_id: String,
    /// The gene's symbol.
    pub symbol: String,
}

/// The message `Expression`: the variant in another notation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// The name of the notation (`hgvs.c`).
    pub syntax: String,
    /// The variant as text in this notation.
    pub value: String,
}

/// The message `Extension`: a statement for which the specification has no member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The name of the statement; empty if not stated.
    pub name: String,
    /// The value of the statement: a JSON text unchanged, any other value as JSON. Empty if absent.
    pub value: String,
}

impl Extension {
    fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        Ok(Self {
            name: object.text("name")?.unwrap_or_default(),
            value: object.any_text("value"),
        })
    }
}

impl VariationDescriptor {
    pub(crate) fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        object.unread(&["variation", "xrefs", "alternateLabels", "moleculeContext", "vrsRefAlleleSeq"]);
        Ok(Self {
            id: object.text("id")?.unwrap_or_default(),
            label: object.text("label")?.unwrap_or_default(),
            description: object.text("description")?.unwrap_or_default(),
            extensions: object.list("extensions", Extension::read)?,
            gene_context: object.object("geneContext", GeneDescriptor::read)?,
            expressions: object.list("expressions", Expression::read)?,
            vcf_record: object.object("vcfRecord", VcfRecord::read)?,
            structural_type: object.object("structuralType", OntologyClass::read)?,
            allelic_state: object.object("allelicState", OntologyClass::read)?,
        })
    }
}

impl GeneDescriptor {
    pub(crate) fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        object.unread(&["description", "alternateIds", "xrefs", "alternateSymbols"]);
        Ok(Self {
            value_id: object.text("valueId")?.unwrap_or_default(),
            symbol: object.text("symbol")?.unwrap_or_default(),
        })
    }
}

impl Expression {
    fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        object.unread(&["version"]);
        Ok(Self {
            syntax: object.text("syntax")?.unwrap_or_default(),
            value: object.text("value")?.unwrap_or_default(),
        })
    }
}
