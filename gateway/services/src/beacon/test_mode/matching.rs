//! Selects the synthetic people and variants that match a request. Filters and parameters are compared as written, without descendants and
//! other spellings. A kind of query that is not implemented here matches no person.

use ga4gh_beacon::{Bases, BeaconRequest, EntryType, Filter, LengthBases, Operator, Sex, VariantKey, VariantQuery, VariantType};

use super::is_collection;
use super::synthetic::Person;

/// Whether a synthetic person matches the thing in the path, all filters and the variant query.
pub(super) fn is_asked_for(person: &Person, request: &BeaconRequest, of: Option<(EntryType, &str)>) -> bool {
    let is_of = match of {
        None => true,
        Some((EntryType::GenomicVariant, id)) => person.variants.iter().any(|(own, _)| *own == id),
        Some((of @ (EntryType::Dataset | EntryType::Cohort), id)) => is_collection(of, id),
        Some((of, id)) => person.id(of).as_deref() == Some(id),
    };
    let carries = |query: &VariantQuery| {
        let mut keys = person.variants.iter().filter_map(|(id, _)| VariantKey::parse(id));
        keys.any(|key| answers(&key, query))
    };
    is_of && request.filters.iter().all(|filter| has(person, filter)) && request.variant.as_ref().is_none_or(carries)
}

/// Whether a variant of the matching people matches the variant id in the path and the variant query of the request.
pub(super) fn is_variant(key: &VariantKey, request: &BeaconRequest, of: Option<(EntryType, &str)>) -> bool {
    let is_named = match of {
        Some((EntryType::GenomicVariant, id)) => key.to_string() == id,
        Some(_) | None => true,
    };
    is_named && request.variant.as_ref().is_none_or(|query| answers(key, query))
}

fn has(person: &Person, filter: &Filter) -> bool {
    let is_sex = |female: &[&str], male: &[&str], word: &str| match person.sex {
        Sex::Female => female.contains(&word),
        Sex::Male => male.contains(&word),
        Sex::Other | Sex::Unknown => false,
    };
    match filter {
        Filter::Ontology(_) | Filter::Custom(_) => {
            let id = filter.id();
            let has_feature = person.features.iter().any(|(own, _)| *own == id);
            has_feature || is_sex(&["NCIT:C16576", "PATO:0000383"], &["NCIT:C20197", "PATO:0000384"], id)
        }
        Filter::Alphanumeric(compared) => {
            compared.id == "sex" && compared.operator == Operator::Equal && is_sex(&["female"], &["male"], compared.value.as_str())
        }
    }
}

/// Whether a synthetic variant, which is always the substitution of one base, matches a query.
fn answers(key: &VariantKey, query: &VariantQuery) -> bool {
    match query {
        VariantQuery::Sequence(asked) => {
            (asked.assembly, asked.reference_name, asked.start) == (key.assembly(), key.reference_name(), key.start())
                && is(asked.reference_bases.as_ref(), key.reference())
                && asked.alternate_bases.as_str() == key.alternate()
                && is_of_kind(asked.variant_type, asked.min_length, asked.max_length)
        }
        VariantQuery::Range(asked) => {
            (asked.assembly, asked.reference_name) == (key.assembly(), key.reference_name())
                && key.start().0 < asked.interval.end().0
                && key.end().0 > asked.interval.start().0
                && is(asked.reference_bases.as_ref(), key.reference())
                && is(asked.alternate_bases.as_ref(), &key.alternate())
                && is_of_kind(asked.variant_type, asked.min_length, asked.max_length)
        }
        VariantQuery::Bracket(asked) => {
            (asked.assembly, asked.reference_name) == (key.assembly(), key.reference_name())
                && asked.start.holds(key.start())
                && asked.end.holds(key.end())
                && is(asked.reference_bases.as_ref(), key.reference())
                && is(asked.alternate_bases.as_ref(), &key.alternate())
                && is_of_kind(asked.variant_type, asked.min_length, asked.max_length)
        }
        VariantQuery::Gene(_) | VariantQuery::AminoAcid(_) | VariantQuery::Allele(_) => false,
    }
}

fn is(asked: Option<&Bases>, bases: &str) -> bool {
    asked.is_none_or(|asked| asked.as_str() == bases)
}

fn is_of_kind(kind: Option<VariantType>, least: Option<LengthBases>, most: Option<LengthBases>) -> bool {
    kind.is_none_or(|kind| kind == VariantType::Snv) && least.is_none_or(|least| least.0 <= 1) && most.is_none_or(|most| most.0 >= 1)
}
