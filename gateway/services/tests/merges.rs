//! Merges that an institution states with its own numbers.
#![allow(clippy::unwrap_used, missing_docs)]

use gemj_access::{CapabilityKey, Mandate, WriteAction};
use gemj_catalogue::{Catalogue, MergeSource, NewParticipant};
use gemj_model::{Clock as _, ParticipantId, Sex, SiteId, SystemClock, Timestamp};
use gemj_objects::{ObjectSettings, ObjectStore};
use gemj_services::Stores;
use gemj_services::ingest::{LinkedRow, link_numbers};
use gemj_services::merges::{MergeOrigin, StatedMerge, StatedMergeOutcome, state_merge};
use gemj_variants::CarrierIndex;

async fn stores(folder: &std::path::Path) -> Stores {
    let at = folder.display();
    let catalogue = Catalogue::open(&format!("sqlite:{at}/catalogue.db"), 4).await.unwrap();
    let settings = ObjectSettings {
        url: format!("file://{at}/store"),
        ..ObjectSettings::default()
    };
    let objects = ObjectStore::open(&settings).await.unwrap();
    let carriers = CarrierIndex::open(catalogue.clone(), objects.clone(), 1 << 20);
    Stores {
        catalogue,
        objects,
        carriers,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stated_merge_opens_a_case_of_two_linked_participants_and_creates_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (stores, key) = (stores(folder.path()).await, CapabilityKey::new([7; 32]));
    let (site, other) = (SiteId::parse("hospital-a").unwrap(), SiteId::parse("hospital-b").unwrap());
    let row = |site: &SiteId, number: &str, person: &str| LinkedRow {
        site: site.clone(),
        namespace: "mrn".to_owned(),
        number: number.to_owned(),
        participant: ParticipantId::parse(person).unwrap(),
    };
    let new = |person: &str, site: &SiteId| NewParticipant {
        participant: ParticipantId::parse(person).unwrap(),
        family: None,
        sex: Sex::Unknown,
        site: Some(site.clone()),
    };
    let people = [new("P0", &site), new("P1", &site), new("P2", &other), new("P3", &site)];
    let register = Mandate::operator(WriteAction::RegisterParticipants);
    stores.catalogue.register_participants(&register, &people).await.unwrap();
    // Both hospitals use the number 2. Only the number of the stating hospital counts.
    let rows = [
        row(&site, "0", "P0"),
        row(&site, "1", "P1"),
        row(&site, "2", "P3"),
        row(&other, "2", "P2"),
        row(&other, "0", "P0"),
    ];
    let linked = Mandate::operator(WriteAction::LinkNumbers);
    link_numbers(&stores, &linked, &key, &rows).await.unwrap();
    let mandate = Mandate::operator(WriteAction::MergeParticipants);
    let state = async |survivor: &str, prior: &str, message: &str| {
        let origin = MergeOrigin {
            site: &site,
            namespace: "mrn",
            source: MergeSource::Message,
        };
        let stated = StatedMerge {
            survivor: survivor.to_owned(),
            prior: prior.to_owned(),
            message: message.to_owned(),
            stated: Timestamp(1),
        };
        state_merge(
            &stores.catalogue,
            &mandate,
            gemj_access::Upkeep::of(gemj_access::Job::ResolveNumbers),
            &key,
            &origin,
            &stated,
            SystemClock::default().now(),
        )
        .await
        .unwrap()
    };
    use StatedMergeOutcome::{Duplicate, OnePerson, Opened, OtherSite, UnknownPrior, UnknownSurvivor};
    assert_eq!(state("9", "1", "m1").await, UnknownSurvivor);
    assert_eq!(state("1", "9", "m2").await, UnknownPrior);
    assert_eq!(state("1", "1", "m3").await, OnePerson);
    assert_eq!(state("1", " 2", "m4").await, UnknownPrior, "another spelling is another number");
    assert_eq!(
        state("0", "1", "m5").await,
        OtherSite,
        "hospital b has a number of the participant too"
    );
    let Opened(case) = state("1", "2", "m6").await else {
        panic!("no case")
    };
    assert_eq!(state("1", "2", "m6").await, Duplicate(case));
    assert_eq!(state("2", "1", "m7").await, Duplicate(case));
    let listing = gemj_access::OperatorListing::new(None).unwrap();
    let cases = stores
        .catalogue
        .merge_cases(&listing, None, SystemClock::default().now())
        .await
        .unwrap();
    assert_eq!((cases.len(), cases[0].survivor.as_str(), cases[0].prior.as_str()), (1, "P1", "P3"));
    let known = stores
        .catalogue
        .participant_ids(gemj_access::Upkeep::of(gemj_access::Job::Inventory))
        .await
        .unwrap();
    assert_eq!(known.len(), 4);
}
