//! Tests of queries under an approval that is limited to regions.

use std::ops::ControlFlow;

use gemj_access::caller::ControlledAccess;
use gemj_access::{AccessRequest, Action, Caller, ConsentLedger, ConsentView, DecisionId, Grant, Policy, Resource, Roster, decide};
use gemj_model::{
    Allele, Approval, ApprovedRegion, Assembly, Contig, DatasetId, DatasetPolicy, Delivery, Interval, OneBased, Ordinal, Timestamp,
    ZeroBased, Zygosity,
};
use gemj_variants::{AlleleFilter, CarrierReader, SegmentBuilder, SequenceQuery, VariantError, WindowQuery};

use crate::fixture::{G38, GERM, MemoryStore, dataset};

const NOW: Timestamp = Timestamp(10);

/// A Grant of an approved project that is limited to `regions`. The Grant covers one participant, who has consented to every clause.
fn grant(name: &DatasetId, regions: Option<Vec<ApprovedRegion>>) -> Grant {
    let mut ledger = ConsentLedger::new([gemj_fixtures::form("unified-1")]);
    ledger.append(gemj_fixtures::gave(1, 0, "unified-1", Timestamp(1)));
    let mut roster = Roster::default();
    roster.enrol(name, Ordinal(0));
    let end = Timestamp(1_000);
    let approval = Approval {
        visa_value: "https://example.org/A-1".into(),
        organisation: "university.jp".into(),
        datasets: vec![name.clone()],
        delivery: Delivery::TreOnly,
        regions,
        not_after: end,
        ..gemj_fixtures::approval("A-1")
    };
    let configured = DatasetPolicy {
        data_use: vec!["DUO:0000004".into()],
        public_boolean: true,
        ..gemj_fixtures::dataset_policy(name.as_str())
    };
    let university = gemj_fixtures::university("university.jp");
    let caller = Caller {
        pseudonym: "caller".into(),
        controlled: vec![ControlledAccess {
            subject: Default::default(),
            value: approval.visa_value.clone(),
            jti: None,
            not_after: end,
        }],
        not_after: Some(end),
        ..Caller::default()
    };
    let named = [name.clone()];
    let question = AccessRequest {
        decision: DecisionId(1),
        caller: &caller,
        action: Action::AskVariants,
        resource: Resource::Population(&named),
        declared: None,
        now: NOW,
    };
    let view = ConsentView::fold(1, &ledger, &roster, &[approval], &[], &named, NOW);
    decide(&question, &Policy::new(vec![configured], vec![university], 1), &view).unwrap()
}

fn region(contig: &str, start: u64, end: u64) -> ApprovedRegion {
    ApprovedRegion {
        assembly: Some(G38),
        contig: Contig(contig.into()),
        start: ZeroBased(start),
        end: ZeroBased(end),
    }
}

async fn window(
    index: &CarrierReader,
    grant: &Grant,
    name: &DatasetId,
    assembly: Assembly,
    range: (u64, Option<u64>),
) -> Result<usize, VariantError> {
    let query = WindowQuery {
        contig: Contig("chr7".into()),
        interval: Interval {
            start: ZeroBased(range.0),
            end: range.1.map(ZeroBased),
        },
        filter: AlleleFilter::default(),
    };
    let mut found = 0;
    let visit = |_: &Allele, _: &gemj_variants::Carriers| {
        found += 1;
        ControlFlow::Continue(())
    };
    index.overlapping(grant, name, assembly, GERM, &query, visit).await?;
    Ok(found)
}

async fn spelt(
    index: &CarrierReader,
    grant: &Grant,
    name: &DatasetId,
    start: u64,
    reference: Option<&str>,
    alternate: &str,
) -> Result<usize, VariantError> {
    let query = SequenceQuery {
        contig: Contig("7".into()),
        start: ZeroBased(start),
        reference: reference.map(str::to_owned),
        alternate: alternate.to_owned(),
        filter: AlleleFilter::default(),
    };
    Ok(index.sequence(grant, name, G38, GERM, &query).await?.len())
}

fn outside<T>(answer: &Result<T, VariantError>) -> bool {
    matches!(answer, Err(VariantError::OutsideRegions))
}

#[tokio::test]
async fn a_query_completely_within_the_regions_is_answered_and_any_other_is_refused() {
    let name = dataset("cancer");
    let allele =
        |position, reference, alternate| Allele::from_vcf(&Contig("7".into()), OneBased(position), reference, alternate, None).unwrap();
    let alleles = [
        allele(150, "A", "T"),
        allele(199, "CAG", "C"),
        allele(200, "C", "CT"),
        allele(301, "A", "G"),
    ];
    let mut builder = SegmentBuilder::new(name.clone(), G38, GERM, 1 << 20);
    let source = builder.source("file").unwrap();
    for allele in &alleles {
        builder.add(allele, Ordinal(0), Zygosity::Heterozygous, source).unwrap();
    }
    let store = MemoryStore::default();
    let generation = store.add("segment", builder);
    let index = store.index(1 << 20).at(generation).await.unwrap();
    let limited = grant(&name, Some(vec![region("chr7", 100, 200), region("7", 200, 300)]));
    let everything = grant(&name, None);

    for (range, count) in [
        ((100, Some(300)), 3),
        ((149, Some(150)), 1),
        ((299, Some(300)), 0),
        ((150, Some(150)), 0),
    ] {
        assert_eq!(window(&index, &limited, &name, G38, range).await.unwrap(), count, "{range:?}");
    }
    for range in [(99, Some(101)), (299, Some(301)), (300, Some(301)), (0, Some(1_000)), (100, None)] {
        assert!(outside(&window(&index, &limited, &name, G38, range).await), "{range:?}");
        assert!(window(&index, &everything, &name, G38, range).await.is_ok());
    }
    let other_assembly = window(&index, &limited, &name, Assembly::GRCh37, (100, Some(300))).await;
    assert!(outside(&other_assembly));

    // Each sequence query: start, reference bases, alternative bases, and whether the approval's regions cover every base of the query.
    for (start, reference, alternate, opens) in [
        (149, Some("A"), "T", true),
        (149, None, "T", true),
        (300, Some("A"), "G", false),
        (300, None, "G", false),
        (99, Some("A"), "G", false),
        (298, Some("AC"), "A", true),
        (299, Some("AC"), "A", false),
        (298, Some("A"), "AT", true),
        // The insertion is inserted before a base that is outside the regions.
        (299, Some("A"), "AT", false),
        (299, None, "", true),
        (300, None, "", false),
        (299, None, "AT", false),
    ] {
        let answer = spelt(&index, &limited, &name, start, reference, alternate).await;
        assert_eq!(
            (answer.is_ok(), outside(&answer)),
            (opens, !opens),
            "{start} {reference:?} {alternate}"
        );
        assert!(spelt(&index, &everything, &name, start, reference, alternate).await.is_ok());
    }
    assert_eq!(spelt(&index, &limited, &name, 149, Some("A"), "T").await.unwrap(), 1);
    let bad = spelt(&index, &limited, &name, 149, Some("Q"), "T").await;
    assert!(matches!(bad, Err(VariantError::BadBase)));

    for (allele, opens) in alleles.iter().zip([true, true, true, false]) {
        let answer = index.exact(&limited, &name, G38, GERM, allele).await;
        assert_eq!((answer.is_ok(), outside(&answer)), (opens, !opens), "{allele:?}");
        assert_eq!(index.exact(&everything, &name, G38, GERM, allele).await.unwrap().len(), 1);
    }
    let nothing = grant(&name, Some(Vec::new()));
    assert!(outside(&window(&index, &nothing, &name, G38, (149, Some(150))).await));
}
