//! Parses the filters of a query string: `filters=HP:0001250,NCIT:C16576`, and `age:>P70Y`, a form that the specification does not define.

use super::{AlphanumericFilter, CustomFilter, Filter, FilterValue, MAX_FILTERS, OntologyFilter, Operator, is_curie, is_decent};
use crate::error::BeaconError;

/// Parses the comma-separated list of filters. `include_descendant_terms` applies to every filter of the list.
pub(crate) fn filters(list: &str, include_descendant_terms: Option<bool>) -> Result<Vec<Filter>, BeaconError> {
    if list.split(',').count() > MAX_FILTERS {
        return Err(BeaconError::invalid("filters", "at most 100 filters are accepted"));
    }
    list.split(',').map(|text| filter(text, include_descendant_terms)).collect()
}

/// Parses one filter of the list.
pub(crate) fn filter(text: &str, include_descendant_terms: Option<bool>) -> Result<Filter, BeaconError> {
    let text = text.trim();
    if !is_decent(text) {
        return Err(BeaconError::invalid(
            "filters",
            "comma-joined terms of 1 to 256 bytes each are expected",
        ));
    }
    if let Some(at) = text.find(['=', '<', '>', '!']) {
        let (field, rest) = text.split_at(at);
        let operator = Operator::ALL.into_iter().find(|o| rest.starts_with(o.as_str()));
        let field = field.trim_end();
        let field = field.strip_suffix(':').unwrap_or(field).trim_end();
        return match operator.map(|o| (o, rest[o.as_str().len()..].trim_start())) {
            Some((operator, value)) if is_decent(field) && is_decent(value) => Ok(Filter::Alphanumeric(AlphanumericFilter {
                id: field.to_owned(),
                operator,
                value: FilterValue::new(value.to_owned()),
                include_descendant_terms,
                scope: None,
            })),
            Some(_) | None => Err(BeaconError::invalid("filters", "a comparison is a field, an operator and a value")),
        };
    }
    let id = text.to_owned();
    Ok(if is_curie(text) {
        Filter::Ontology(OntologyFilter {
            id,
            include_descendant_terms: include_descendant_terms.unwrap_or(true),
            scope: None,
        })
    } else {
        Filter::Custom(CustomFilter {
            id,
            include_descendant_terms: include_descendant_terms.unwrap_or(true),
            scope: None,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ontology_alphanumeric_and_custom_filters_are_distinguished() {
        let list = filters("HP:0001250,age:>=P70Y,demographic.ethnicity:asian,sex=NCIT:C16576", None).unwrap();
        assert!(matches!(&list[0], Filter::Ontology(f) if f.id == "HP:0001250" && f.include_descendant_terms));
        assert!(
            matches!(&list[1], Filter::Alphanumeric(f) if f.id == "age" && f.operator == Operator::GreaterOrEqual && f.value.as_str() == "P70Y")
        );
        assert!(matches!(&list[2], Filter::Custom(f) if f.id == "demographic.ethnicity:asian"));
        assert!(matches!(&list[3], Filter::Alphanumeric(f) if f.id == "sex" && f.operator == Operator::Equal));
    }

    #[test]
    fn spaces_around_an_operator_are_ignored() {
        let of = |text| match filters(text, None).unwrap().as_slice() {
            [Filter::Alphanumeric(f)] => (f.id.clone(), f.operator, f.value.as_str().to_owned()),
            other => panic!("{other:?}"),
        };
        for text in ["age>=P70Y", "age >= P70Y", " age : >= P70Y ", "age: >=P70Y"] {
            assert_eq!(of(text), ("age".to_owned(), Operator::GreaterOrEqual, "P70Y".to_owned()), "{text}");
        }
    }

    #[test]
    fn include_descendant_terms_applies_to_every_filter_of_the_list() {
        let of = |said| filters("HP:0001250,HP:0001250<P9Y,own.term:1", said).unwrap();
        let kept = |list: &[Filter]| match list {
            [Filter::Ontology(term), Filter::Alphanumeric(compared), Filter::Custom(own)] => (
                term.include_descendant_terms,
                compared.include_descendant_terms,
                own.include_descendant_terms,
            ),
            other => panic!("{other:?}"),
        };
        assert_eq!(kept(&of(None)), (true, None, true));
        assert_eq!(kept(&of(Some(true))), (true, Some(true), true));
        assert_eq!(kept(&of(Some(false))), (false, Some(false), false));
    }

    #[test]
    fn an_empty_element_of_the_list_is_rejected() {
        for bad in ["", ",", "HP:1,", "HP:1,,HP:2", "age>", ">5", "a\u{0}b"] {
            assert!(filters(bad, None).is_err(), "{bad:?}");
        }
        assert!(filters(&vec!["HP:1"; MAX_FILTERS + 1].join(","), None).is_err());
    }

    #[test]
    fn debug_output_hides_the_value() {
        let shown = format!("{:?}", filters("name=Suzuki", None).unwrap());
        assert!(!shown.contains("Suzuki"), "{shown}");
    }
}
