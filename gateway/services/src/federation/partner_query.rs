//! The query that is sent to partners. The query is written anew from the parsed request, so that no other data of the caller's request is
//! sent.

use ga4gh_beacon::{BeaconRequest, Filter, Granularity, VariantQuery, VariantType};
use serde_json::{Map, Value, json};

use super::dialect::Dialect;

/// A variant query in every form that partners accept.
#[derive(Clone, Debug)]
pub struct PartnerQuery {
    nested: String,
    flat: String,
    /// The query as URL query parameters; absent if query parameters cannot express the whole query.
    get: Option<String>,
    /// Whether the query has variant parameters.
    pub(super) has_parameters: bool,
    /// Whether the caller requested a count.
    pub(super) counts: bool,
}

impl PartnerQuery {
    /// The query of a request: its variant, its filters, and whether a count is requested. Records are never requested.
    #[must_use]
    pub fn of(request: &BeaconRequest) -> Self {
        let counts = request.granularity_asked != Granularity::Boolean;
        let parameters = request.variant.as_ref().map_or_else(Map::new, parameters);
        let body = |request_parameters: Value| {
            json!({
                "meta": {"apiVersion": "v2.0", "requestedSchemas": []},
                "query": {
                    "requestParameters": request_parameters,
                    "filters": request.filters.iter().map(filter).collect::<Vec<_>>(),
                    "includeResultsetResponses": "NONE",
                    "pagination": {"skip": 0, "limit": 1},
                    "requestedGranularity": if counts { "count" } else { "boolean" },
                    "testMode": request.test_mode,
                },
            })
            .to_string()
        };
        Self {
            nested: body(json!({ "g_variant": parameters })),
            flat: body(Value::Object(parameters.clone())),
            get: query_string(request, &parameters, counts),
            has_parameters: !parameters.is_empty(),
            counts,
        }
    }

    /// The JSON body for a form of query that has a body; absent for GET.
    pub(super) fn body(&self, dialect: Dialect) -> Option<&str> {
        match dialect {
            Dialect::Nested => Some(&self.nested),
            Dialect::Flat => Some(&self.flat),
            Dialect::Get => None,
        }
    }

    /// The URL query parameters of the form GET; absent if they cannot express the query.
    pub(super) fn query(&self) -> Option<&str> {
        self.get.as_deref()
    }
}

/// The query as URL query parameters: lists joined by commas, filters as terms. The specification's GET can express only one kind of
/// filter: a term with its descendants. If the query has another filter, the result is `None`, because a query without that filter would be
/// wider.
fn query_string(request: &BeaconRequest, parameters: &Map<String, Value>, counts: bool) -> Option<String> {
    if request.test_mode {
        return None;
    }
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters {
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        let value = match value {
            Value::Array(items) => items.iter().map(text).collect::<Option<Vec<_>>>()?.join(","),
            other => text(other)?,
        };
        query.append_pair(name, &value);
    }
    let mut terms = Vec::new();
    for filter in &request.filters {
        match filter {
            Filter::Ontology(term) if term.include_descendant_terms && term.scope.is_none() && !term.id.contains(',') => {
                terms.push(term.id.as_str())
            }
            Filter::Ontology(_) | Filter::Alphanumeric(_) | Filter::Custom(_) => return None,
        }
    }
    if !terms.is_empty() {
        query.append_pair("filters", &terms.join(","));
    }
    query.append_pair("requestedGranularity", if counts { "count" } else { "boolean" });
    query.append_pair("includeResultsetResponses", "NONE");
    query.append_pair("limit", "1");
    Some(query.finish())
}

fn parameters(query: &VariantQuery) -> Map<String, Value> {
    let mut members = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            members.insert(name.to_owned(), value);
        }
    };
    match query {
        VariantQuery::Sequence(query) => {
            put("assemblyId", Some(query.assembly.as_str().into()));
            put("referenceName", Some(query.reference_name.as_str().into()));
            put("start", Some(json!([query.start.0])));
            put("referenceBases", query.reference_bases.as_ref().map(|b| b.as_str().into()));
            put("alternateBases", Some(query.alternate_bases.as_str().into()));
            put("variantType", query.variant_type.map(|kind| word(kind).into()));
            put("variantMinLength", query.min_length.map(|l| l.0.into()));
            put("variantMaxLength", query.max_length.map(|l| l.0.into()));
        }
        VariantQuery::Range(query) => {
            put("assemblyId", Some(query.assembly.as_str().into()));
            put("referenceName", Some(query.reference_name.as_str().into()));
            put("start", Some(json!([query.interval.start().0])));
            put("end", Some(json!([query.interval.end().0])));
            put("referenceBases", query.reference_bases.as_ref().map(|b| b.as_str().into()));
            put("alternateBases", query.alternate_bases.as_ref().map(|b| b.as_str().into()));
            put("variantType", query.variant_type.map(|kind| word(kind).into()));
            put("variantMinLength", query.min_length.map(|l| l.0.into()));
            put("variantMaxLength", query.max_length.map(|l| l.0.into()));
        }
        VariantQuery::Bracket(_) | VariantQuery::Gene(_) | VariantQuery::AminoAcid(_) | VariantQuery::Allele(_) => {
            return query.to_parameters();
        }
    }
    members
}

/// The value of `variantType` that most Beacons know for this kind of variant.
fn word(kind: VariantType) -> &'static str {
    match kind {
        VariantType::Snv => "SNP",
        VariantType::Mnv => "MNP",
        VariantType::Insertion => "INS",
        VariantType::Deletion => "DEL",
        VariantType::Indel => "INDEL",
        VariantType::Duplication => "DUP",
        VariantType::Inversion => "INV",
        VariantType::CopyNumberVariation => "CNV",
        VariantType::CopyNumberGain => "EFO:0030070",
        VariantType::CopyNumberLoss => "EFO:0030067",
        VariantType::MobileElementInsertion
        | VariantType::TandemDuplication
        | VariantType::Breakend
        | VariantType::LowLevelCopyNumberGain
        | VariantType::HighLevelCopyNumberGain
        | VariantType::FocalGenomeAmplification
        | VariantType::LowLevelCopyNumberLoss
        | VariantType::HighLevelCopyNumberLoss
        | VariantType::CompleteGenomicLoss => kind.as_str(),
    }
}

/// A filter with all of its restrictions. A comparison that is sent without its operator and value would be a wider query.
fn filter(filter: &Filter) -> Value {
    match filter {
        Filter::Ontology(term) => {
            let mut member = json!({"id": term.id, "includeDescendantTerms": term.include_descendant_terms});
            if let Some(scope) = term.scope {
                member["scope"] = scope.entity_id().into();
            }
            member
        }
        Filter::Alphanumeric(_) | Filter::Custom(_) => filter.to_member(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use ga4gh_beacon::{EntryType, parse_get, parse_post};

    use super::*;

    #[test]
    fn every_form_of_a_query_parses_back_to_the_request() {
        for query in [
            "assemblyId=GRCh38&referenceName=chr1&start=999&referenceBases=A&alternateBases=G&requestedGranularity=count",
            "assemblyId=GRCh38&referenceName=chr1&start=999&alternateBases=G",
            "assemblyId=GRCh37&referenceName=X&start=9&end=99&variantType=DEL&variantMinLength=2&variantMaxLength=50",
            "assemblyId=GRCh38&referenceName=17&start=9&end=99&alternateBases=T&filters=HP:0001250,HP:0000707",
            "assemblyId=GRCh38&referenceName=17&start=9&end=99&filters=age:>%3DP70Y,sex!NCIT:C16576,LOINC:8308-9<180.5 cm,own term",
        ] {
            let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            let asked = parse_get(EntryType::GenomicVariant, &pairs).unwrap();
            let question = PartnerQuery::of(&asked);
            let mut forms = vec![
                parse_post(EntryType::GenomicVariant, question.nested.as_bytes()).unwrap(),
                parse_post(EntryType::GenomicVariant, question.flat.as_bytes()).unwrap(),
            ];
            if let Some(get) = question.query() {
                let pairs: Vec<(String, String)> = url::form_urlencoded::parse(get.as_bytes()).into_owned().collect();
                forms.push(parse_get(EntryType::GenomicVariant, &pairs).unwrap());
            }
            assert_eq!(forms.len(), if query.contains("age:") { 2 } else { 3 }, "{query}");
            for understood in forms {
                assert_eq!(understood.variant, asked.variant, "{query}");
                assert_eq!(understood.filters, asked.filters, "{query}");
                assert_eq!(understood.granularity_asked, asked.granularity_asked, "{query}");
            }
        }
    }

    #[test]
    fn every_kind_of_filter_is_forwarded_completely() {
        let filters = json!([
            {"id": "HP:0001250", "includeDescendantTerms": false, "scope": "individuals"},
            {"id": "age", "operator": "<=", "value": "P70Y", "scope": "individual"},
            {"id": "diseases.diseaseCode.id", "operator": "!", "value": "OMIM:1%"},
            {"id": "own term", "scope": "biosample"},
        ]);
        let body = json!({"meta": {"apiVersion": "v2.1.1"}, "query": {"filters": filters}});
        let asked = parse_post(EntryType::Individual, body.to_string().as_bytes()).unwrap();
        let understood = parse_post(EntryType::Individual, PartnerQuery::of(&asked).nested.as_bytes()).unwrap();
        assert_eq!(understood.filters, asked.filters);
    }
}
