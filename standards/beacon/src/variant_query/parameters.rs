//! From `g_variant` request parameters to a query of one kind (`genomicVariations/requestParameters.json`).

use serde_json::{Map, Value};

use super::{RangeQuery, SequenceQuery, VariantQuery};
use crate::bases::Bases;
use crate::coordinates::{Interval, LengthBases, MAX_COORDINATE, ZeroBased};
use crate::error::BeaconError;
use crate::reference_name::resolve;
use crate::variant_type::VariantType;

/// What a parameter's value is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParameterKind {
    /// One or two positions.
    Positions,
    /// A length in bases.
    Length,
    /// A text.
    Text,
    /// Of a kind of query that is refused for now; the text says which.
    NotYet(&'static str),
}

/// The kind of a `g_variant` parameter, by its name in the specification or in the GET templates of `endpoints.json`; absent for a name
/// that is no variant parameter.
pub(crate) fn kind_of(name: &str) -> Option<ParameterKind> {
    match name {
        "start" | "end" => Some(ParameterKind::Positions),
        "variantMinLength" | "variantMaxLength" => Some(ParameterKind::Length),
        "assemblyId" | "referenceName" | "referenceBases" | "alternateBases" | "variantType" => Some(ParameterKind::Text),
        "geneId" | "geneid" => Some(ParameterKind::NotYet("a gene query (`geneId`)")),
        "aminoacidChange" => Some(ParameterKind::NotYet("a query by amino acid change (`aminoacidChange`)")),
        "genomicAlleleShortForm" | "allele" => Some(ParameterKind::NotYet("an HGVS query (`genomicAlleleShortForm`)")),
        "mateName" => Some(ParameterKind::NotYet("a query for fusions and breakends (`mateName`)")),
        _ => None,
    }
}

/// Reads a parameter of the query string into the form it has in a POST body.
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

/// A parameter's name as this crate spells it, for messages; absent for a name that is no variant parameter.
pub(crate) fn static_name(name: &str) -> Option<&'static str> {
    const NAMES: [&str; 15] = [
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
        "geneid",
        "aminoacidChange",
        "genomicAlleleShortForm",
        "allele",
        "mateName",
    ];
    NAMES.iter().find(|n| **n == name).copied()
}

const POSITIONS: &str = "one or two whole numbers, 0-based, are expected";
const LENGTH: &str = "a whole number is expected";

/// The same value in one form: a single position as a list of one.
pub(crate) fn canonical(kind: ParameterKind, value: Value) -> Value {
    match (kind, value) {
        (ParameterKind::Positions, Value::Number(n)) => Value::Array(vec![Value::Number(n)]),
        (_, value) => value,
    }
}

/// The query that these parameters state; absent where there are none. The members must all be known to [`kind_of`] and in
/// [`canonical`] form.
pub(crate) fn query(mut members: Map<String, Value>) -> Result<Option<VariantQuery>, BeaconError> {
    if members.is_empty() {
        return Ok(None);
    }
    if let Some(feature) = members.keys().find_map(|name| match kind_of(name) {
        Some(ParameterKind::NotYet(feature)) => Some(feature),
        Some(ParameterKind::Positions | ParameterKind::Length | ParameterKind::Text) | None => None,
    }) {
        return Err(BeaconError::NotSupportedYet { feature });
    }
    let starts = positions("start", members.remove("start"))?;
    let ends = positions("end", members.remove("end"))?;
    let reference_name = text("referenceName", members.remove("referenceName"))?;
    let assembly_id = text("assemblyId", members.remove("assemblyId"))?;
    let reference_bases = bases("referenceBases", members.remove("referenceBases"))?;
    let alternate_bases = bases("alternateBases", members.remove("alternateBases"))?;
    let variant_type = variant_type(members.remove("variantType"))?;
    let min_length = length("variantMinLength", members.remove("variantMinLength"))?;
    let max_length = length("variantMaxLength", members.remove("variantMaxLength"))?;

    if starts.len() > 1 || ends.len() > 1 {
        return Err(BeaconError::NotSupportedYet {
            feature: "a bracket query (two values of `start` or `end`)",
        });
    }
    let reference_name = reference_name.ok_or(BeaconError::MissingParameter {
        name: "referenceName",
        because: "a variant query is about one chromosome",
    })?;
    let (reference_name, assembly) = resolve(&reference_name, assembly_id.as_deref())?;
    let &[start] = starts.as_slice() else {
        return Err(BeaconError::MissingParameter {
            name: "start",
            because: "sequence and range queries begin at one position",
        });
    };
    let &[end] = ends.as_slice() else {
        if variant_type.is_some() || min_length.is_some() || max_length.is_some() {
            return Err(BeaconError::MissingParameter {
                name: "end",
                because: "`variantType`, `variantMinLength` and `variantMaxLength` belong to a range query",
            });
        }
        return sequence(reference_name, assembly, start, reference_bases, alternate_bases).map(Some);
    };
    if min_length.zip(max_length).is_some_and(|(min, max)| min > max) {
        return Err(BeaconError::Contradiction {
            name: "variantMinLength",
            other: "`variantMaxLength`, which is smaller",
        });
    }
    let interval = Interval::try_new(start, end).ok_or(BeaconError::InvalidValue {
        name: "end",
        expected: "it is exclusive and must be greater than `start`",
    })?;
    Ok(Some(VariantQuery::Range(RangeQuery {
        reference_name,
        assembly,
        interval,
        reference_bases,
        alternate_bases,
        variant_type,
        min_length,
        max_length,
    })))
}

/// A sequence query: "the use of `start` without an `end` parameter requires the use of `alternateBases`".
fn sequence(
    reference_name: crate::ReferenceName,
    assembly: crate::Assembly,
    start: ZeroBased,
    reference_bases: Option<Bases>,
    alternate_bases: Option<Bases>,
) -> Result<VariantQuery, BeaconError> {
    let alternate_bases = alternate_bases.ok_or(BeaconError::MissingParameter {
        name: "alternateBases",
        because: "`start` without `end` states one variant, whose bases are needed",
    })?;
    if alternate_bases.is_empty() && reference_bases.as_ref().is_none_or(Bases::is_empty) {
        return Err(BeaconError::MissingParameter {
            name: "referenceBases",
            because: "an empty `alternateBases` is a deletion, whose deleted bases are needed",
        });
    }
    Ok(VariantQuery::Sequence(SequenceQuery {
        reference_name,
        assembly,
        start,
        reference_bases,
        alternate_bases,
    }))
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
            VariantType::parse(&text).ok_or(BeaconError::invalid(
                "variantType",
                "one of SNP, MNP, INS, DEL, INDEL, DUP, INV, CNV, their Sequence Ontology terms, EFO:0030070 and EFO:0030067 is expected",
            ))
        })
        .transpose()
}
