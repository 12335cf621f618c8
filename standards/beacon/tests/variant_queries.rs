//! Tests of every kind of variant query by GET and POST, and of contradictions.
#![allow(clippy::unwrap_used, missing_docs)]

use ga4gh_beacon::{
    AlleleQuery, Assembly, BeaconError, BeaconRequest, EntryType, Filter, GenomicChange, LengthBases, VariantQuery, VariantType, ZeroBased,
    parse_get, parse_post,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn get(query: &str) -> Result<BeaconRequest, BeaconError> {
    let pairs: Vec<(String, String)> = query
        .split('&')
        .map(|p| p.split_once('=').unwrap())
        .map(|(n, v)| (n.to_owned(), v.replace("%26", "&")))
        .collect();
    parse_get(EntryType::GenomicVariant, &pairs)
}

fn post(parameters: &Value) -> Result<BeaconRequest, BeaconError> {
    let body = json!({"meta": {"apiVersion": "v2.1.1"}, "query": {"requestParameters": parameters}});
    parse_post(EntryType::GenomicVariant, body.to_string().as_bytes())
}

fn variant(query: &str) -> VariantQuery {
    get(query).unwrap().variant.unwrap()
}

const AT: &str = "referenceName=22&assemblyId=hg38";

#[test]
fn two_starts_and_two_ends_are_a_bracket_query() {
    let VariantQuery::Bracket(query) = variant(&format!(
        "{AT}&start=5000000,7676592&end=7669607,10000000&variantType=EFO:0030067&variantMinLength=50"
    )) else {
        panic!()
    };
    assert_eq!((query.reference_name.as_str(), query.assembly), ("22", Assembly::GRCh38));
    assert_eq!(
        (query.start.first(), query.start.bound()),
        (ZeroBased(5_000_000), ZeroBased(7_676_592))
    );
    assert_eq!(
        (query.end.first(), query.end.bound()),
        (ZeroBased(7_669_607), ZeroBased(10_000_000))
    );
    assert_eq!(query.variant_type, Some(VariantType::CopyNumberLoss));
    assert_eq!((query.min_length, query.max_length), (Some(LengthBases(50)), None));
    let parameters = json!({"referenceName": "22", "assemblyId": "hg38", "start": [1, 5], "end": [4, 9]});
    let by_get = get(&format!("{AT}&start=1,5&end=4,9")).unwrap();
    assert_eq!(post(&parameters).unwrap(), by_get);
    assert_eq!(post(&json!({ "g_variant": parameters })).unwrap(), by_get);
}

#[test]
fn the_error_about_a_half_or_empty_bracket_names_the_parameter() {
    for (query, at_fault) in [
        ("start=1,5&end=10", "end"),
        ("start=1&end=10,20", "start"),
        ("start=1,5", "end"),
        ("end=1,5", "start"),
        ("start=5,5&end=10,20", "start"),
        ("start=6,5&end=10,20", "start"),
        ("start=1,5&end=20,20", "end"),
        ("start=50,60&end=10,20", "end"),
        ("start=1,2,3&end=10,20", "start"),
    ] {
        let error = get(&format!("{AT}&{query}")).unwrap_err();
        let (BeaconError::InvalidValue { name, .. } | BeaconError::Contradiction { name, .. } | BeaconError::MissingParameter { name, .. }) =
            error
        else {
            panic!("{query}: {error:?}")
        };
        assert_eq!(name, at_fault, "{query}");
    }
    // Start and end brackets may be equal, because an insertion has an end that equals its start.
    assert!(get(&format!("{AT}&start=10,11&end=10,11")).is_ok());
}

#[test]
fn a_gene_query_parses_with_its_restrictions() {
    for name in ["geneId", "geneid"] {
        let VariantQuery::Gene(query) = variant(&format!("{name}=BRAF&variantType=SNP&aminoacidChange=Val600Glu&variantMaxLength=9"))
        else {
            panic!()
        };
        assert_eq!(query.gene.as_str(), "BRAF");
        assert_eq!(query.amino_acid_change.unwrap().to_string(), "V600E");
        assert_eq!(
            (query.variant_type, query.max_length),
            (Some(VariantType::Snv), Some(LengthBases(9)))
        );
        assert_eq!(query.assembly, None);
    }
    let VariantQuery::Gene(query) = variant("geneId=HLA-A&assemblyId=hg19&alternateBases=T") else {
        panic!()
    };
    assert_eq!(query.assembly, Some(Assembly::GRCh37));
    assert_eq!(query.alternate_bases.unwrap().as_str(), "T");
    assert!(post(&json!({"g_variant": {"geneId": "BRAF"}})).is_ok());
}

#[test]
fn an_amino_acid_change_is_accepted_alone_or_with_a_gene() {
    let VariantQuery::AminoAcid(query) = variant("aminoacidChange=p.(Gln12Ter)") else {
        panic!()
    };
    assert_eq!(query.change.to_string(), "Q12*");
}

#[test]
fn an_hgvs_name_that_states_the_bases_is_a_sequence_query() {
    let by_position = variant("referenceName=NC_000022.11&start=10510104&referenceBases=A&alternateBases=T");
    for name in ["NC_000022.11:g.10510105A>T", "NC_000022.11:g.10510105A%26gt;T"] {
        assert_eq!(variant(&format!("genomicAlleleShortForm={name}")), by_position);
        assert_eq!(variant(&format!("allele={name}&assemblyId=GRCh38")), by_position);
    }
    let parameters = json!({"genomicAlleleShortForm": "NC_000022.11:g.10510105A>T"});
    assert_eq!(post(&parameters).unwrap().variant.unwrap(), by_position);
    let VariantQuery::Allele(AlleleQuery::Genomic(allele)) = variant("allele=NC_000022.11:g.11_20del") else {
        panic!()
    };
    assert_eq!(allele.change, GenomicChange::Deletion);
    let VariantQuery::Allele(AlleleQuery::Annotated(text)) = variant("allele=NM_004006.2:c.4375C>T") else {
        panic!()
    };
    assert_eq!(text.change(), "c.4375C>T");
}

#[test]
fn a_query_of_one_kind_rejects_parameters_of_another_kind() {
    for query in [
        "geneId=BRAF&start=5",
        "geneId=BRAF&referenceName=7",
        "geneId=BRAF&start=5&end=9&referenceName=7&assemblyId=hg38",
        "aminoacidChange=V600E&start=5&end=9&referenceName=7&assemblyId=hg38",
        "aminoacidChange=V600E&variantType=SNP",
        "allele=NC_000022.11:g.11A>T&start=10",
        "allele=NC_000022.11:g.11A>T&referenceName=22",
        "allele=NC_000022.11:g.11A>T&geneId=BRAF",
        "allele=NC_000022.11:g.11A>T&variantType=SNP",
        "allele=NC_000022.11:g.11A>T&aminoacidChange=V600E",
        "allele=NC_000022.11:g.11A>T&assemblyId=GRCh37",
        "geneId=BRAF&geneid=TP53",
        "geneId=BRAF&variantMinLength=9&variantMaxLength=3",
    ] {
        let error = get(query).unwrap_err();
        assert!(matches!(error, BeaconError::Contradiction { .. }), "{query}: {error:?}");
        assert_eq!(error.status(), 400);
    }
    for query in [
        "geneId=",
        "geneId=BRAF,TP53",
        "aminoacidChange=V600",
        "allele=x",
        "geneId=BRAF&assemblyId=mm10",
    ] {
        assert!(matches!(get(query), Err(BeaconError::InvalidValue { .. })), "{query}");
    }
    assert!(get("geneId=BRAF&geneid=BRAF").is_ok());
}

#[test]
fn the_error_names_or_covers_every_kind_of_variant() {
    let error = get(&format!("{AT}&start=1&end=2&variantType=X")).unwrap_err().to_string();
    for kind in VariantType::ALL {
        // The error lists the terms from EFO:0030067 to EFO:0030073 as a range and not one by one.
        let named = error.contains(kind.as_str()) || ("EFO:0030067".."EFO:0030074").contains(&kind.as_str());
        assert!(named, "{kind:?}");
        assert!(get(&format!("{AT}&start=1&end=2&variantType={}", kind.as_str())).is_ok());
    }
    assert!(get(&format!("{AT}&start=1&end=2&variantType=%26lt;DUP:TANDEM%26gt;")).is_ok());
}

#[test]
fn filters_accept_scopes_and_numbers() {
    let ask = |filter: Value| {
        let body = json!({"meta": {"apiVersion": "v2.1.1"}, "query": {"filters": [filter]}});
        parse_post(EntryType::GenomicVariant, body.to_string().as_bytes()).map(|mut r| r.filters.remove(0))
    };
    for scope in [
        json!({"id": "HP:1", "scopes": ["individual"]}),
        json!({"id": "HP:1", "scopes": "individuals"}),
        json!({"id": "HP:1", "scopes": ["individual", "individuals"], "scope": "individual"}),
    ] {
        assert_eq!(ask(scope).unwrap().scope(), Some(EntryType::Individual));
    }
    assert_eq!(ask(json!({"id": "HP:1", "scopes": []})).unwrap().scope(), None);
    for (value, expected) in [(json!(70), "70"), (json!(-2), "-2"), (json!(1.5), "1.5"), (json!("P70Y"), "P70Y")] {
        let Filter::Alphanumeric(filter) = ask(json!({"id": "BMI", "operator": ">=", "value": value})).unwrap() else {
            panic!()
        };
        assert_eq!(filter.value.as_str(), expected);
    }
    for bad in [
        json!({"id": "HP:1", "scopes": ["individual"], "scope": "biosample"}),
        json!({"id": "HP:1", "scopes": ["planet"]}),
        json!({"id": "HP:1", "scopes": [5]}),
        json!({"id": "HP:1", "scopes": {}}),
        json!({"id": "BMI", "operator": ">", "value": [70]}),
        json!({"id": "BMI", "operator": ">", "value": true}),
    ] {
        assert_eq!(ask(bad.clone()).unwrap_err().status(), 400, "{bad}");
    }
}

#[test]
fn unsupported_schemas_are_listed_separately() {
    let ask = |schemas: Value| {
        let body = json!({"meta": {"apiVersion": "v2.1.1", "requestedSchemas": schemas}});
        let request = parse_post(EntryType::GenomicVariant, body.to_string().as_bytes()).unwrap();
        request.schemas_not_served().map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(ask(json!([])).is_empty());
    assert!(ask(json!([{"entityType": "genomicVariant"}])).is_empty());
    assert!(ask(json!([{"entityType": "genomicVariant", "schema": "ga4gh-beacon-variant-v2.0.0"}])).is_empty());
    assert!(ask(json!([{"schema": "ga4gh-beacon-variant-v2.1.0"}])).is_empty());
    assert!(ask(json!([{"entityType": "individual", "schema": "phenopacket"}])).is_empty());
    assert_eq!(
        ask(json!([{"schema": "vrs-2"}, {"schema": "ga4gh-beacon-run-v2.0.0"}])),
        ["vrs-2", "ga4gh-beacon-run-v2.0.0"]
    );
}

fn parameters() -> impl Strategy<Value = String> {
    let limits = || {
        prop_oneof![
            Just(String::new()),
            "&alternateBases=[ACGTN]{0,3}",
            prop::sample::select(VariantType::ALL.to_vec()).prop_map(|k| format!("&variantType={}", k.as_str())),
            (0u64..9, 9u64..99).prop_map(|(a, b)| format!("&variantMinLength={a}&variantMaxLength={b}")),
        ]
    };
    let edit = prop::sample::select(vec!["del", "dup", "inv", "delinsTT", "delAC", "dupAC", "invAC", "delACinsT"]);
    prop_oneof![
        (0u64..99, "[ACGT]{1,4}", "[ACGTN]{0,4}").prop_map(|(s, r, a)| format!("{AT}&start={s}&referenceBases={r}&alternateBases={a}")),
        (0u64..99, 1u64..99, limits()).prop_map(|(s, l, more)| format!("{AT}&start={s}&end={}{more}", s + l)),
        (0u64..99, 1u64..99, 1u64..99, 1u64..99, limits()).prop_map(|(s, a, b, c, more)| format!(
            "{AT}&start={s},{}&end={},{}{more}",
            s + a,
            s + b,
            s + b + c
        )),
        ("[A-Z][A-Z0-9-]{1,6}", limits()).prop_map(|(g, more)| format!("geneId={g}{more}&aminoacidChange=V600E")),
        (1u32..9999).prop_map(|p| format!("aminoacidChange=V{p}*&assemblyId=GRCh37")),
        (1u64..999, edit).prop_map(|(p, e)| format!("allele=NC_000009.11:g.{p}_{}{e}", p + 1)),
        (1u64..999).prop_map(|p| format!("allele=NM_004006.2:c.{p}C>T")),
    ]
}

/// Applies an edit to a genome, as the HGVS recommendations define it. `first` and `last` are 1-based positions, both included.
fn edited(genome: &str, first: usize, last: usize, edit: &str, put: &str) -> String {
    let (before, stretch, behind) = (&genome[..first - 1], &genome[first - 1..last], &genome[last..]);
    match edit {
        ">" | "delins" => format!("{before}{put}{behind}"),
        "del" => format!("{before}{behind}"),
        "dup" => format!("{before}{stretch}{stretch}{behind}"),
        "inv" => {
            let complement = |c: char| ['T', 'G', 'C', 'A']["ACGT".find(c).unwrap()];
            let turned: String = stretch.chars().rev().map(complement).collect();
            format!("{before}{turned}{behind}")
        }
        // The new bases are inserted between the two neighbours that the name states.
        "ins" => format!("{before}{}{put}{}{behind}", &stretch[..1], &stretch[1..]),
        other => panic!("{other}"),
    }
}

fn filter() -> impl Strategy<Value = Value> {
    let scope = || prop::option::of(prop::sample::select(EntryType::ALL.map(EntryType::entity_id).to_vec()));
    let member = prop_oneof![
        ("[A-Z]{2,5}:[0-9]{1,7}", any::<bool>()).prop_map(|(id, below)| json!({"id": id, "includeDescendantTerms": below})),
        (
            "[a-z]{1,8}",
            prop::sample::select(vec!["=", "!", "<", ">", "<=", ">="]),
            "[A-Z0-9%]{1,6}"
        )
            .prop_map(|(id, operator, value)| json!({"id": id, "operator": operator, "value": value})),
        "[a-z]{1,8}".prop_map(|id| json!({ "id": id })),
    ];
    (member, scope()).prop_map(|(mut member, scope)| {
        if let Some(scope) = scope {
            member["scope"] = json!(scope);
        }
        member
    })
}

proptest! {
    #[test]
    fn a_filter_survives_a_round_trip_as_a_member(member in filter()) {
        let read = |member: &Value| {
            let body = json!({"meta": {"apiVersion": "v2.1.1"}, "query": {"filters": [member]}});
            parse_post(EntryType::Individual, body.to_string().as_bytes()).unwrap().filters
        };
        let filters = read(&member);
        prop_assert_eq!(filters[0].to_member(), member);
        prop_assert_eq!(read(&filters[0].to_member()), filters);
    }

    #[test]
    fn an_hgvs_name_and_its_sequence_query_give_the_same_genome(
        genome in "[ACGT]{30}", first in 1usize..20, length in 1usize..8, put in "[ACGT]{1,5}",
        edit in prop::sample::select(vec![">", "del", "dup", "ins", "delins", "inv"]), states_bases in any::<bool>(),
    ) {
        let last = match edit {
            ">" => first,
            "ins" => first + 1,
            _ => first + length - 1,
        };
        let put = if edit == ">" { put[..1].to_owned() } else { put };
        let stretch = &genome[first - 1..last];
        let place = if first == last { first.to_string() } else { format!("{first}_{last}") };
        let stated = if states_bases { stretch } else { "" };
        let name = match edit {
            ">" => format!("{place}{stretch}>{put}"),
            "ins" => format!("{place}ins{put}"),
            "delins" => format!("{place}del{stated}ins{put}"),
            _ => format!("{place}{edit}{stated}"),
        };
        let changed = edited(&genome, first, last, edit, &put);
        let found = get(&format!("allele=NC_000001.11:g.{name}")).map(|r| r.variant.unwrap());
        let query = match found {
            Ok(VariantQuery::Sequence(query)) => Some(query),
            Ok(VariantQuery::Allele(AlleleQuery::Genomic(allele))) => allele.with_reference(stretch),
            Ok(other) => panic!("{name}: {other:?}"),
            Err(_) => None,
        };
        match query {
            Some(query) => {
                let at = usize::try_from(query.start.0).unwrap();
                let taken = query.reference_bases.unwrap();
                let end = at + taken.as_str().len();
                prop_assert_eq!(&genome[at..end], taken.as_str(), "{}", name);
                prop_assert_eq!(format!("{}{}{}", &genome[..at], query.alternate_bases.as_str(), &genome[end..]), changed, "{}", name);
            }
            // A name has no query only if its edit changes nothing.
            None => prop_assert_eq!(&changed, &genome, "{}", name),
        }
    }

    #[test]
    fn a_query_survives_a_round_trip_as_parameters(query in parameters()) {
        let asked = variant(&query);
        let again = post(&json!({"g_variant": asked.to_parameters()})).unwrap();
        prop_assert_eq!(again.variant, Some(asked));
    }
}
