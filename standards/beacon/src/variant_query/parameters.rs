//! Converts `g_variant` request parameters to a query of one kind (`genomicVariations/requestParameters.json`).

use serde_json::{Map, Value};

use super::amino_acid::{AminoAcidChange, AminoAcidQuery};
use super::bracket::{Bracket, BracketQuery};
use super::gene::{GeneId, GeneQuery};
use super::{RangeQuery, SequenceQuery, VariantQuery, hgvs};
use crate::assembly::Assembly;
use crate::bases::Bases;
use crate::coordinates::{Interval, LengthBases, MAX_COORDINATE, ZeroBased};
use crate::error::BeaconError;
use crate::reference_name::{assembly_of, resolve};
use crate::variant_type::VariantType;

/// The type of a parameter's value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParameterKind {
    /// A list of one or two positions.
    Positions,
    /// A length in bases.
    Length,
    /// Any text.
    Text,
    /// A parameter of a kind of query that is not supported yet. The text names the kind of query.
    NotYet(&'static str),
}

/// The type of the value of a `g_variant` parameter. `name` is the parameter's name in the specification or in the GET templates of
/// `endpoints.json`. `None` if the name is not a variant parameter.
pub(crate) fn kind_of(name: &str) -> Option<ParameterKind> {
    match name {
        "start" | "end" => Some(ParameterKind::Positions),
        "variantMinLength" | "variantMaxLength" => Some(ParameterKind::Length),
        "assemblyId"
        | "referenceName"
        | "referenceBases"
        | "alternateBases"
        | "variantType"
        | "geneId"
        | "geneid"
        | "aminoacidChange"
        | "genomicAlleleShortForm"
        | "allele" => Some(ParameterKind::Text),
        "mateName" => Some(ParameterKind::NotYet("a query for fusions and breakends (`mateName`)")),
        _ => None,
    }
}

/// Converts a parameter of the query string to its form in a POST body.
pub(crate) fn from_text(kind: ParameterKind, name: &'static str, text: &str) -> Result<Value, BeaconError> {
    let number = |text: &str| {
        (!text.is_empty() && text.len() <= 19 && text.bytes().all(|b| b.is_ascii_digit()))
            .then(|| text.parse::<u64>().ok())
            .flatten()
            .map(Value::from)
    };
    match kind {
        ParameterKind::Positions => text
            .split(',')
            .map(number)
            .collect::<Option<Vec<_>>>()
            .map(Value::Array)
            .ok_or(BeaconError::invalid(name, POSITIONS)),
        ParameterKind::Length => number(text).ok_or(BeaconError::invalid(name, LENGTH)),
        ParameterKind::Text | ParameterKind::NotYet(_) => Ok(Value::String(text.to_owned())),
    }
}

/// The specification's name of a variant parameter. Some parameters have a second name in the GET templates (`geneid` and `allele`). `None` if
/// the name is not a variant parameter.
pub(crate) fn static_name(name: &str) -> Option<&'static str> {
    const NAMES: [&str; 13] = [
        "start",
        "end",
        "variantMinLength",
        "variantMaxLength",
        "assemblyId",
        "referenceName",
        "referenceBases",
        "alternateBases",
        "variantType",
        "geneId",
        "aminoacidChange",
        "genomicAlleleShortForm",
        "mateName",
    ];
    match name {
        "geneid" => Some("geneId"),
        "allele" => Some("genomicAlleleShortForm"),
        _ => NAMES.iter().find(|n| **n == name).copied(),
    }
}

const POSITIONS: &str = "one or two whole numbers, 0-based, are expected";
const LENGTH: &str = "a whole number is expected";
const GENE: &str = "a gene's symbol or identifier is expected, such as BRAF";
const AMINO_ACID_CHANGE: &str = "one amino acid, a position and another are expected, such as V600E or Val600Glu, with * or Ter for a stop";

/// Converts the value of a parameter to one form. A single position becomes a list with one position. A number sent as a text becomes a number.
/// A chromosome sent as a number becomes a text. Any other value stays unchanged, so that a later error can name it.
pub(crate) fn canonical(kind: ParameterKind, name: &'static str, value: Value) -> Value {
    match (kind, value) {
        (ParameterKind::Positions, Value::Number(n)) => Value::Array(vec![Value::Number(n)]),
        (ParameterKind::Positions, Value::Array(items)) => Value::Array(items.into_iter().map(number).collect()),
        (ParameterKind::Positions | ParameterKind::Length, Value::String(text)) => {
            from_text(kind, name, &text).unwrap_or(Value::String(text))
        }
        (ParameterKind::Text, Value::Number(n)) if name == "referenceName" => Value::String(n.to_string()),
        (_, value) => value,
    }
}

/// Converts a number that was sent as a text to a number.
fn number(value: Value) -> Value {
    match &value {
        Value::String(text) => from_text(ParameterKind::Length, "start", text).unwrap_or(value),
        _ => value,
    }
}

/// Makes the query from the variant parameters of a request; `None` if there are no parameters. The members must all be known to [`kind_of`]
/// and in [`canonical`] form. They determine the kind of query. A member that belongs to another kind of query is a contradiction and is never
/// ignored.
pub(crate) fn query(members: Map<String, Value>) -> Result<Option<VariantQuery>, BeaconError> {
    if members.is_empty() {
        return Ok(None);
    }
    if let Some(feature) = members.keys().find_map(|name| match kind_of(name) {
        Some(ParameterKind::NotYet(feature)) => Some(feature),
        Some(ParameterKind::Positions | ParameterKind::Length | ParameterKind::Text) | None => None,
    }) {
        return Err(BeaconError::NotSupportedYet { feature });
    }
    let read = Parameters::read(members)?;
    if let Some(name) = &read.allele {
        read.alone(
            "genomicAlleleShortForm",
            "a parameter other than `assemblyId`: an HGVS name states the variant by itself",
            read.gene.is_some() || read.amino_acid_change.is_some() || read.has_limits(),
        )?;
        return hgvs::query(name, read.assembly_id.as_deref()).map(Some);
    }
    if read.gene.is_some() {
        read.alone("geneId", "a position or a chromosome: name a gene or a position", false)?;
        return read.gene().map(Some);
    }
    if read.amino_acid_change.is_some() {
        read.alone(
            "aminoacidChange",
            "a parameter other than `geneId` and `assemblyId`",
            read.has_limits(),
        )?;
        return read.amino_acid().map(Some);
    }
    read.placed().map(Some)
}

/// All variant parameters of a request, each parsed on its own.
struct Parameters {
    starts: Vec<ZeroBased>,
    ends: Vec<ZeroBased>,
    reference_name: Option<String>,
    assembly_id: Option<String>,
    reference_bases: Option<Bases>,
    alternate_bases: Option<Bases>,
    variant_type: Option<VariantType>,
    min_length: Option<LengthBases>,
    max_length: Option<LengthBases>,
    gene: Option<GeneId>,
    amino_acid_change: Option<AminoAcidChange>,
    allele: Option<String>,
}

impl Parameters {
    fn read(mut members: Map<String, Value>) -> Result<Self, BeaconError> {
        let read = Self {
            starts: positions("start", members.remove("start"))?,
            ends: positions("end", members.remove("end"))?,
            reference_name: text("referenceName", members.remove("referenceName"))?,
            assembly_id: text("assemblyId", members.remove("assemblyId"))?,
            reference_bases: bases("referenceBases", members.remove("referenceBases"))?,
            alternate_bases: bases("alternateBases", members.remove("alternateBases"))?,
            variant_type: variant_type(members.remove("variantType"))?,
            min_length: length("variantMinLength", members.remove("variantMinLength"))?,
            max_length: length("variantMaxLength", members.remove("variantMaxLength"))?,
            gene: gene(members.remove("geneId"))?,
            amino_acid_change: amino_acid_change(members.remove("aminoacidChange"))?,
            allele: text("genomicAlleleShortForm", members.remove("genomicAlleleShortForm"))?,
        };
        if read.min_length.zip(read.max_length).is_some_and(|(min, max)| min > max) {
            return Err(BeaconError::Contradiction {
                name: "variantMinLength",
                other: "`variantMaxLength`, which is smaller",
            });
        }
        Ok(read)
    }

    /// Whether bases, a variant type or a length restrict the query.
    fn has_limits(&self) -> bool {
        self.reference_bases.is_some()
            || self.alternate_bases.is_some()
            || self.variant_type.is_some()
            || self.min_length.is_some()
            || self.max_length.is_some()
    }

    /// Rejects a query that must not have a chromosome or a position if it has one of them. Also rejects the query if `more` is true.
    /// `name` and `other` are the contradicting parts in the error.
    fn alone(&self, name: &'static str, other: &'static str, more: bool) -> Result<(), BeaconError> {
        if more || self.reference_name.is_some() || !self.starts.is_empty() || !self.ends.is_empty() {
            return Err(BeaconError::Contradiction { name, other });
        }
        Ok(())
    }

    fn assembly(&self) -> Result<Option<Assembly>, BeaconError> {
        self.assembly_id.as_deref().map(assembly_of).transpose()
    }

    fn gene(self) -> Result<VariantQuery, BeaconError> {
        let assembly = self.assembly()?;
        let gene = self.gene.ok_or(BeaconError::invalid("geneId", GENE))?;
        Ok(VariantQuery::Gene(GeneQuery {
            gene,
            assembly,
            amino_acid_change: self.amino_acid_change,
            reference_bases: self.reference_bases,
            alternate_bases: self.alternate_bases,
            variant_type: self.variant_type,
            min_length: self.min_length,
            max_length: self.max_length,
        }))
    }

    fn amino_acid(self) -> Result<VariantQuery, BeaconError> {
        let assembly = self.assembly()?;
        let change = self
            .amino_acid_change
            .ok_or(BeaconError::invalid("aminoacidChange", AMINO_ACID_CHANGE))?;
        Ok(VariantQuery::AminoAcid(AminoAcidQuery { change, assembly }))
    }

    /// Makes a sequence, range or bracket query, depending on the number of positions.
    fn placed(self) -> Result<VariantQuery, BeaconError> {
        let reference_name = self.reference_name.as_deref().ok_or(BeaconError::MissingParameter {
            name: "referenceName",
            because: "a variant query by position is about one chromosome",
        })?;
        let (reference_name, assembly) = resolve(reference_name, self.assembly_id.as_deref())?;
        match (self.starts.as_slice(), self.ends.as_slice()) {
            ([], _) => Err(BeaconError::MissingParameter {
                name: "start",
                because: "a query by position requires one or two start positions",
            }),
            (&[start], []) => {
                let (reference_bases, alternate_bases) = spelt(self.reference_bases, self.alternate_bases)?;
                Ok(VariantQuery::Sequence(SequenceQuery {
                    reference_name,
                    assembly,
                    start,
                    reference_bases,
                    alternate_bases,
                    variant_type: self.variant_type,
                    min_length: self.min_length,
                    max_length: self.max_length,
                }))
            }
            (&[start], &[end]) => {
                let interval = Interval::try_new(start, end).ok_or(BeaconError::InvalidValue {
                    name: "end",
                    expected: "it is exclusive and must be greater than `start`",
                })?;
                Ok(VariantQuery::Range(RangeQuery {
                    reference_name,
                    assembly,
                    interval,
                    reference_bases: self.reference_bases,
                    alternate_bases: self.alternate_bases,
                    variant_type: self.variant_type,
                    min_length: self.min_length,
                    max_length: self.max_length,
                }))
            }
            (&[first, bound], &[first_end, end_bound]) => Ok(VariantQuery::Bracket(BracketQuery {
                reference_name,
                assembly,
                start: bracket("start", first, bound)?,
                end: ends_behind(first, bracket("end", first_end, end_bound)?)?,
                reference_bases: self.reference_bases,
                alternate_bases: self.alternate_bases,
                variant_type: self.variant_type,
                min_length: self.min_length,
                max_length: self.max_length,
            })),
            // The specification requires "2 values in both `start` and `end`". A single value could mean either bound.
            (&[_, _], _) => Err(BeaconError::InvalidValue {
                name: "end",
                expected: "a bracket query requires two values here too; a precise edge is p,p+1",
            }),
            (_, _) => Err(BeaconError::InvalidValue {
                name: "start",
                expected: "a bracket query requires two values here too; a precise edge is p,p+1",
            }),
        }
    }
}

fn bracket(name: &'static str, first: ZeroBased, bound: ZeroBased) -> Result<Bracket, BeaconError> {
    Bracket::try_new(first, bound).ok_or(BeaconError::InvalidValue {
        name,
        expected: "of two values the second is exclusive and must be greater than the first",
    })
}

/// Checks the bracket of the ends against the lowest start `first`. At least one variant that starts at or after `first` must be able to end
/// inside the bracket.
fn ends_behind(first: ZeroBased, ends: Bracket) -> Result<Bracket, BeaconError> {
    (ends.bound() > first).then_some(ends).ok_or(BeaconError::Contradiction {
        name: "end",
        other: "`start`: every variant would end before it begins",
    })
}

/// The bases of a sequence query. The alternate bases are required: "the use of `start` without an `end` parameter requires the use of
/// `alternateBases`".
fn spelt(reference_bases: Option<Bases>, alternate_bases: Option<Bases>) -> Result<(Option<Bases>, Bases), BeaconError> {
    let alternate_bases = alternate_bases.ok_or(BeaconError::MissingParameter {
        name: "alternateBases",
        because: "`start` without `end` selects one variant and requires its bases",
    })?;
    if alternate_bases.is_empty() && reference_bases.as_ref().is_none_or(Bases::is_empty) {
        return Err(BeaconError::MissingParameter {
            name: "referenceBases",
            because: "an empty `alternateBases` means a deletion and requires the deleted bases",
        });
    }
    Ok((reference_bases, alternate_bases))
}

fn gene(value: Option<Value>) -> Result<Option<GeneId>, BeaconError> {
    text("geneId", value)?
        .map(|text| GeneId::parse(&text).ok_or(BeaconError::invalid("geneId", GENE)))
        .transpose()
}

fn amino_acid_change(value: Option<Value>) -> Result<Option<AminoAcidChange>, BeaconError> {
    text("aminoacidChange", value)?
        .map(|text| AminoAcidChange::parse(&text).ok_or(BeaconError::invalid("aminoacidChange", AMINO_ACID_CHANGE)))
        .transpose()
}

fn positions(name: &'static str, value: Option<Value>) -> Result<Vec<ZeroBased>, BeaconError> {
    let invalid = BeaconError::invalid(name, POSITIONS);
    let Some(value) = value else { return Ok(Vec::new()) };
    let Value::Array(items) = value else { return Err(invalid) };
    if items.is_empty() || items.len() > 2 {
        return Err(invalid);
    }
    items
        .iter()
        .map(|item| item.as_u64().filter(|&p| p <= MAX_COORDINATE).map(ZeroBased))
        .collect::<Option<Vec<_>>>()
        .ok_or(invalid)
}

fn length(name: &'static str, value: Option<Value>) -> Result<Option<LengthBases>, BeaconError> {
    value
        .map(|v| {
            v.as_u64()
                .filter(|&l| l <= MAX_COORDINATE)
                .map(LengthBases)
                .ok_or(BeaconError::invalid(name, LENGTH))
        })
        .transpose()
}

fn text(name: &'static str, value: Option<Value>) -> Result<Option<String>, BeaconError> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(BeaconError::invalid(name, "a text is expected"))
        }
    }
}

fn bases(name: &'static str, value: Option<Value>) -> Result<Option<Bases>, BeaconError> {
    text(name, value)?
        .map(|text| {
            Bases::parse(&text).ok_or(BeaconError::invalid(
                name,
                "IUPAC base letters are expected, or nothing, `-` or `.` for no base",
            ))
        })
        .transpose()
}

fn variant_type(value: Option<Value>) -> Result<Option<VariantType>, BeaconError> {
    text("variantType", value)?
        .map(|text| {
            VariantType::parse(&hgvs::unescaped(&text)).ok_or(BeaconError::invalid(
                "variantType",
                "one of SNP, MNP, INS, INS:ME, DEL, INDEL, DUP, DUP:TANDEM, INV, BND, CNV, their Sequence Ontology terms, and the copy \
                 number terms EFO:0030066, EFO:0030067 to EFO:0030073 and EFO:0020073 is expected",
            ))
        })
        .transpose()
}
