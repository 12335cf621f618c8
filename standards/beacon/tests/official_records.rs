//! Checks every record, with only the required members and with all members, and every answer that contains records. They are checked against
//! the official schemas of Beacon v2.1.1 and against the overlay of v2.2.0's differences.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "official/tree.rs"]
mod tree;

use ga4gh_beacon::{
    Age, AlleleOrigin, Analysis, BeaconRequest, Biosample, CaseLevelVariant, Cohort, CohortType, Collection, CollectionsResponse,
    CountAdjustment, CountPrecision, CountSummary, Dataset, Date, Disease, DuoDataUse, EntryType, ExternalReference,
    FrequencyInPopulations, GenomicVariant, Handover, IncludeResultsetResponses, Individual, KaryotypicSex, LibraryLayout, Measurement,
    MeasurementValue, OntologyTerm, PhenotypicFeature, PopulationFrequency, Procedure, Quantity, Record, ResultSet, ResultsetsResponse,
    Run, Sex, TimeElement, Timestamp, Treatment, VariantKey, Zygosity, parse_get,
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tree::{answer, assert_valid, overlay, shared, validator};

const BEACON: &str = "org.example.beacon";

fn term(id: &str) -> OntologyTerm {
    OntologyTerm::parse(id, Some("label")).unwrap()
}

fn info() -> Map<String, Value> {
    Map::from_iter([("release".to_owned(), json!("r1"))])
}

fn moments() -> [TimeElement; 5] {
    let age = |text| Age::parse(text).unwrap();
    let stamp = || Timestamp::parse("2025-01-16T09:30:00+09:00").unwrap();
    [
        TimeElement::Age(age("P32Y6M1D")),
        TimeElement::AgeRange {
            start: age("P1Y"),
            end: age("P2Y"),
        },
        TimeElement::GestationalAge { weeks: 33, days: Some(2) },
        TimeElement::Interval {
            start: stamp(),
            end: stamp(),
        },
        TimeElement::Term(term("NCIT:C28144")),
    ]
}

fn variants() -> Vec<GenomicVariant> {
    let mut list: Vec<GenomicVariant> = [
        "GRCh38.22.10510104.10510105.A.T",
        "GRCh37.X.99.101.AC.GT",
        "GRCh38.1.99.102.ACG.-",
        "GRCh38.1.99.99.-.ACG",
        "GRCh38.1.99.101.AC.G",
        "GRCh38.1.99.5000.-.(DEL)",
        "GRCh38.1.99.5000.-.(DEL:ME)",
        "GRCh38.1.99.5000.-.(DUP:TANDEM)",
        "GRCh38.1.99.99.-.(INS)",
        "GRCh38.1.99.5000.N.(CN0)",
        "GRCh38.MT.3242.3243.A.G",
    ]
    .map(|id| GenomicVariant::new(&VariantKey::parse(id).unwrap()))
    .into();
    let mut full = list[0].clone();
    full.identifiers = full.identifiers.with_clinvar(9325);
    full.identifiers.transcript_hgvs_ids = vec!["NM_004006.2:c.4375C>T".to_owned()];
    full.identifiers.protein_hgvs_ids = vec!["NP_009225.1:p.Glu1817Ter".to_owned()];
    full.identifiers.variant_alternative_ids = vec![
        ExternalReference::default(),
        ExternalReference {
            id: Some("dbSNP:rs587780345".to_owned()),
            reference: Some("https://www.ncbi.nlm.nih.gov/snp/rs587780345".to_owned()),
            notes: Some("dbSNP id".to_owned()),
        },
    ];
    full.molecular_attributes.gene_ids = vec!["BRCA1".to_owned()];
    full.molecular_attributes.aminoacid_changes = vec!["E1817*".to_owned()];
    full.molecular_attributes.molecular_effects = vec![term("SO:0001583")];
    for zygosity in [Zygosity::Heterozygous, Zygosity::Homozygous, Zygosity::Hemizygous] {
        let mut case = CaseLevelVariant::new("bs1")
            .with_zygosity(zygosity)
            .with_allele_origin(AlleleOrigin::Germline);
        case.individual_id = Some("p1".to_owned());
        case.run_id = Some("r1".to_owned());
        case.analysis_id = Some("a1".to_owned());
        full.case_level_data.push(case);
    }
    full.case_level_data
        .push(CaseLevelVariant::new("bs2").with_allele_origin(AlleleOrigin::Somatic));
    let frequency = PopulationFrequency::try_new("all", 3, 200_000).unwrap();
    let mut source = FrequencyInPopulations::try_new("programme", "https://example.org", vec![frequency]).unwrap();
    source.version = Some("1".to_owned());
    full.frequency_in_populations = vec![source];
    list.push(full);
    list
}

fn individuals() -> Vec<Individual> {
    let mut list: Vec<Individual> = [Sex::Female, Sex::Male, Sex::Other, Sex::Unknown]
        .map(|sex| Individual::new("p1", sex))
        .into();
    let mut full = Individual::new("p1", Sex::Female);
    full.karyotypic_sex = Some(KaryotypicSex::UnknownKaryotype);
    full.ethnicity = Some(term("NCIT:C43855"));
    full.geographic_origin = Some(term("GAZ:00002747"));
    for moment in moments() {
        let mut feature = PhenotypicFeature::new(term("HP:0001250"));
        feature.excluded = true;
        feature.severity = Some(term("HP:0012828"));
        feature.modifiers = vec![term("HP:0025292")];
        feature.onset = Some(moment.clone());
        feature.resolution = Some(moment.clone());
        full.phenotypic_features.push(feature);
        let mut disease = Disease::new(term("OMIM:164400"));
        disease.age_of_onset = Some(moment.clone());
        disease.severity = Some(term("HP:0012828"));
        disease.stage = Some(term("OGMS:0000119"));
        disease.family_history = Some(true);
        full.diseases.push(disease);
        let mut procedure = Procedure::new(term("MAXO:0001175"));
        procedure.age_at_procedure = Some(moment.clone());
        procedure.body_site = Some(term("UBERON:0003403"));
        procedure.date_of_procedure = Date::parse("2024-02-29");
        full.interventions_or_procedures.push(procedure.clone());
        let quantity = Quantity::try_new(-1.5e-7, term("UCUM:kg"))
            .unwrap()
            .with_reference_range(0.0, 1.0)
            .unwrap();
        for value in [
            MeasurementValue::Quantity(quantity.clone()),
            MeasurementValue::Quantity(Quantity::try_new(5.0, term("UCUM:kg")).unwrap()),
            MeasurementValue::Term(term("NCIT:C25626")),
        ] {
            let mut measurement = Measurement::new(term("LOINC:35925-4"), value);
            measurement.date = Date::parse("2024-02-29");
            measurement.observation_moment = Some(moment.clone());
            measurement.procedure = Some(procedure.clone());
            full.measures.push(measurement);
        }
    }
    let mut treatment = Treatment::new(term("DrugCentral:257"));
    treatment.age_at_onset = Age::parse("P20Y");
    treatment.route_of_administration = Some(term("NCIT:C38304"));
    full.treatments = vec![Treatment::new(term("DrugCentral:257")), treatment];
    full.info = info();
    list.push(full);
    list.extend(
        [
            KaryotypicSex::Xx,
            KaryotypicSex::Xy,
            KaryotypicSex::Xo,
            KaryotypicSex::Xxy,
            KaryotypicSex::Xxx,
            KaryotypicSex::Xxyy,
            KaryotypicSex::Xxxy,
            KaryotypicSex::Xxxx,
            KaryotypicSex::Xyy,
            KaryotypicSex::OtherKaryotype,
        ]
        .map(|karyotype| {
            let mut person = Individual::new("p1", Sex::Unknown);
            person.karyotypic_sex = Some(karyotype);
            person
        }),
    );
    list
}

fn biosamples() -> Vec<Biosample> {
    let least = Biosample::new("bs1", term("EFO:0009654"), term("OBI:0000655"));
    let mut full = least.clone();
    full.individual_id = Some("p1".to_owned());
    full.collection_date = Date::parse("2024-02-29");
    full.collection_moment = Age::parse("P32Y");
    full.sample_origin_detail = Some(term("UBERON:0000178"));
    full.obtention_procedure = Some(Procedure::new(term("NCIT:C15189")));
    full.histological_diagnosis = Some(term("NCIT:C3778"));
    full.sample_processing = Some(term("EFO:0009129"));
    full.sample_storage = Some(term("NCIT:C185339"));
    full.info = info();
    vec![least, full]
}

fn runs() -> Vec<Run> {
    let least = Run::new("r1", "bs1", Date::parse("2021-10-18").unwrap());
    let mut full = least.clone();
    full.individual_id = Some("p1".to_owned());
    full.library_layout = Some(LibraryLayout::Paired);
    full.library_selection = Some("RANDOM".to_owned());
    full.library_source = Some(term("GENEPIO:0001966"));
    full.library_strategy = Some("WGS".to_owned());
    full.platform = Some("Illumina".to_owned());
    full.platform_model = Some(term("OBI:0002630"));
    full.info = info();
    vec![least, full]
}

fn analyses() -> Vec<Analysis> {
    let least = Analysis::new("a1", Date::parse("2021-10-17").unwrap(), "pipeline");
    let mut full = least.clone();
    full.pipeline_ref = Some("https://example.org".to_owned());
    full.run_id = Some("r1".to_owned());
    full.biosample_id = Some("bs1".to_owned());
    full.individual_id = Some("p1".to_owned());
    full.aligner = Some("bwa".to_owned());
    full.variant_caller = Some("GATK".to_owned());
    full.info = info();
    vec![least, full]
}

fn datasets() -> Vec<Dataset> {
    let least = Dataset::new("d1", "A dataset");
    let mut use_condition = DuoDataUse::new(term("DUO:0000007"), "2021-02-23");
    use_condition.modifiers = vec![term("EFO:0001645")];
    let mut full = least.clone().with_data_use(vec![use_condition]);
    full.description = Some("What is in it".to_owned());
    full.create_date_time = Timestamp::parse("2017-01-17T20:33:40Z");
    full.update_date_time = Timestamp::parse("2017-01-17T20:33:40.5Z");
    full.version = Some("1".to_owned());
    full.external_url = Some("https://example.org".to_owned());
    full.info = info();
    vec![least.clone().with_data_use(Vec::new()), least, full]
}

fn cohorts() -> Vec<Cohort> {
    let types = [CohortType::StudyDefined, CohortType::BeaconDefined, CohortType::UserDefined];
    let mut list: Vec<Cohort> = types.map(|kind| Cohort::new("c1", "A cohort", kind)).into();
    let mut full = list[0].clone();
    full.cohort_design = Some(term("OMIABIS:0001017"));
    full.cohort_size = Some(100);
    full.cohort_data_types = vec![term("OMIABIS:0000060")];
    list.push(full);
    list
}

fn assert_all(folder: &str, records: &[impl Serialize]) {
    let Some(tree) = shared() else { return };
    let schema = validator(&tree, &format!("models/json/beacon-v2-default-model/{folder}/defaultSchema.json"));
    for record in records {
        assert_valid(&schema, record);
    }
    assert!(!schema.is_valid(&json!({})), "the schema accepts every document");
}

#[test]
fn every_record_is_valid_with_the_fewest_and_with_all_members() {
    assert_all("genomicVariations", &variants());
    assert_all("individuals", &individuals());
    assert_all("biosamples", &biosamples());
    assert_all("runs", &runs());
    assert_all("analyses", &analyses());
    assert_all("datasets", &datasets());
    assert_all("cohorts", &cohorts());
}

#[test]
fn a_record_contains_its_values() {
    let variant = serde_json::to_value(&variants()[0]).unwrap();
    assert_eq!(variant["variantInternalId"], "GRCh38.22.10510104.10510105.A.T");
    assert_eq!(variant["identifiers"]["genomicHGVSId"], "NC_000022.11:g.10510105A>T");
    assert_eq!(variant["variation"]["location"]["sequence_id"], "refseq:NC_000022.11");
    assert_eq!(variant["variation"]["location"]["interval"]["start"]["value"], 10_510_104);
    assert_eq!(variant["variation"]["referenceBases"], "A");
    assert!(variant.get("frequencyInPopulations").is_none() && variant.get("caseLevelData").is_none());
    let words: Vec<Value> = variants()
        .iter()
        .map(|v| serde_json::to_value(v).unwrap()["variation"]["variantType"].clone())
        .collect();
    let expected = [
        "SNP",
        "MNP",
        "DEL",
        "INS",
        "INDEL",
        "DEL",
        "DEL:ME",
        "DUP:TANDEM",
        "INS",
        "CN0",
        "SNP",
        "SNP",
    ];
    assert_eq!(words, expected.map(Value::from));
    let excluded = serde_json::to_value(PhenotypicFeature::new(term("HP:1"))).unwrap();
    assert_eq!(excluded["excluded"], false);
}

#[test]
fn values_that_a_schema_forbids_cannot_be_constructed() {
    assert_eq!(Quantity::try_new(f64::NAN, term("UCUM:kg")), None);
    assert_eq!(PopulationFrequency::try_new("all", 1, 0), None);
    assert_eq!(PopulationFrequency::try_new("all", 3, 2), None);
    assert_eq!(FrequencyInPopulations::try_new("s", "r", Vec::new()), None);
    for url in [
        "",
        "/relative",
        "example.org",
        "https://",
        "https://a b",
        "https://exämple.org",
        "://x",
        "1a://x",
    ] {
        assert_eq!(Handover::try_new(term("EDAM:3016"), url), None, "{url}");
    }
}

fn request(entry: EntryType, query: &[(&str, &str)]) -> BeaconRequest {
    let pairs: Vec<(String, String)> = query.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    parse_get(entry, &pairs).unwrap()
}

fn handover() -> Handover {
    let mut handover = Handover::try_new(term("EDAM:3016"), "https://example.org/htsget/variants/x").unwrap();
    handover.note = Some("region".to_owned());
    handover
}

fn sets(records: Vec<Record>) -> Vec<ResultSet> {
    let rounded = CountSummary::adjusted(
        10,
        CountPrecision::Rounded,
        vec![CountAdjustment::Words("10-29".to_owned()), CountAdjustment::Number(10)],
    );
    let total = u64::try_from(records.len()).unwrap();
    vec![
        ResultSet::recorded("d1", total, records)
            .with_handovers(vec![handover()])
            .with_info(info()),
        ResultSet::recorded("d2", 0, Vec::new()).with_handovers(vec![handover()]),
        ResultSet::counted("d3", rounded),
        ResultSet::counted("d4", CountSummary::exact(0)),
    ]
}

fn all_records() -> Vec<(EntryType, Vec<Record>)> {
    vec![
        (EntryType::GenomicVariant, variants().into_iter().map(Record::from).collect()),
        (EntryType::Individual, individuals().into_iter().map(Record::from).collect()),
        (EntryType::Biosample, biosamples().into_iter().map(Record::from).collect()),
        (EntryType::Run, runs().into_iter().map(Record::from).collect()),
        (EntryType::Analysis, analyses().into_iter().map(Record::from).collect()),
    ]
}

#[test]
fn result_sets_are_valid_in_both_versions() {
    let Some(tree) = shared() else { return };
    let (official, count, added) = (
        answer(&tree, "beaconResultsetsResponse"),
        answer(&tree, "beaconCountResponse"),
        overlay("resultsets"),
    );
    for (entry, records) in all_records() {
        for include in ["HIT", "ALL", "MISS", "NONE"] {
            let request = request(
                entry,
                &[
                    ("requestedGranularity", "record"),
                    ("includeResultsetResponses", include),
                    ("requestedSchema", "x"),
                ],
            );
            let summary = CountSummary::exact(3);
            let full = ResultsetsResponse::records(BEACON, &request, summary.clone(), sets(records.clone()))
                .with_handovers(vec![handover()])
                .with_info(info());
            let counted = ResultsetsResponse::counts(BEACON, &request, summary, sets(records.clone()));
            for document in [&full, &counted] {
                assert_valid(&official, document);
                assert_valid(&added, document);
            }
            // An answer of granularity count must also conform to the schema of the count answer.
            assert_valid(&count, &counted);
        }
    }
    let bad = json!({"meta": {}, "responseSummary": {"exists": true}, "response": {"resultSets": [{"id": "d", "setType": "dataset"}]}});
    assert!(!added.is_valid(&bad), "the overlay accepts every document");
}

#[test]
fn the_request_selects_the_listed_sets_and_the_summary_does_not_change() {
    for (include, listed) in [
        (IncludeResultsetResponses::Hit, vec!["d1", "d3"]),
        (IncludeResultsetResponses::All, vec!["d1", "d2", "d3", "d4"]),
        (IncludeResultsetResponses::Miss, vec!["d2", "d4"]),
        (IncludeResultsetResponses::None, vec![]),
    ] {
        let mut request = request(EntryType::Individual, &[]);
        request.include_resultset_responses = include;
        let answer = ResultsetsResponse::counts(
            BEACON,
            &request,
            CountSummary::exact(7),
            sets(vec![Individual::new("p", Sex::Male).into()]),
        );
        let answer = serde_json::to_value(answer).unwrap();
        let sets = answer["response"]["resultSets"].as_array().unwrap();
        assert_eq!(sets.iter().map(|s| s["id"].as_str().unwrap()).collect::<Vec<_>>(), listed);
        assert_eq!(
            answer["responseSummary"],
            json!({"exists": true, "numTotalResults": 7, "countPrecision": "exact"})
        );
        assert_eq!(answer["meta"]["returnedGranularity"], "count");
        for set in sets {
            assert_eq!(set["results"], json!([]));
            assert!(set.get("resultsHandovers").is_none());
            assert_eq!(set["exists"].as_bool().unwrap(), set["resultsCount"].as_u64().unwrap() > 0);
        }
    }
}

#[test]
fn a_page_has_at_most_the_requested_records_of_the_requested_type() {
    let people = |n: usize| {
        (0..n)
            .map(|at| Individual::new(&at.to_string(), Sex::Unknown).into())
            .collect::<Vec<Record>>()
    };
    let asked = request(EntryType::Individual, &[("limit", "5"), ("requestedGranularity", "record")]);
    let mut records = people(9);
    records.insert(0, runs().remove(0).into());
    let answer = ResultsetsResponse::records(
        BEACON,
        &asked,
        CountSummary::exact(9),
        vec![ResultSet::recorded("d1", 900, records)],
    );
    let answer = serde_json::to_value(answer).unwrap();
    let set = &answer["response"]["resultSets"][0];
    assert_eq!((set["results"].as_array().unwrap().len(), &set["resultsCount"]), (5, &json!(900)));
    assert_eq!(set["results"][0]["id"], "0");
    assert_eq!(answer["meta"]["returnedGranularity"], "record");
    // A total below the number of records on the page would contradict the page. The total is then the number on the page.
    let short = serde_json::to_value(ResultSet::recorded("d1", 1, people(3))).unwrap();
    assert_eq!(short["resultsCount"], 3);
}

#[test]
fn collections_are_valid_and_only_of_the_requested_type() {
    let Some(tree) = shared() else { return };
    let official = answer(&tree, "beaconCollectionsResponse");
    let both = || -> Vec<Collection> {
        let datasets = datasets().into_iter().map(Collection::from);
        datasets.chain(cohorts().into_iter().map(Collection::from)).collect()
    };
    for (entry, count) in [(EntryType::Dataset, datasets().len()), (EntryType::Cohort, cohorts().len())] {
        let asked = request(entry, &[]);
        let document = CollectionsResponse::new(BEACON, &asked, 0, both())
            .with_handovers(vec![handover()])
            .with_info(info());
        assert_valid(&official, &document);
        assert_valid(&overlay("count"), &document);
        let document = serde_json::to_value(document).unwrap();
        assert_eq!(document["response"]["collections"].as_array().unwrap().len(), count);
        assert_eq!(document["responseSummary"]["numTotalResults"], json!(count));
    }
}

#[test]
fn an_unsupported_schema_is_named_in_every_answer() {
    let asked = request(EntryType::GenomicVariant, &[("requestedSchema", "vrs-2")]);
    let named = |document: &dyn Fn() -> Value| assert_eq!(document()["info"]["requestedSchemasNotServed"], json!(["vrs-2"]));
    named(&|| serde_json::to_value(ga4gh_beacon::BooleanResponse::new(BEACON, &asked, true).with_info(info())).unwrap());
    named(&|| serde_json::to_value(ga4gh_beacon::CountResponse::new(BEACON, &asked, CountSummary::exact(1))).unwrap());
    named(&|| {
        serde_json::to_value(ResultsetsResponse::records(BEACON, &asked, CountSummary::exact(0), Vec::new()).with_info(info())).unwrap()
    });
    named(&|| serde_json::to_value(CollectionsResponse::new(BEACON, &asked, 0, Vec::new())).unwrap());
}
