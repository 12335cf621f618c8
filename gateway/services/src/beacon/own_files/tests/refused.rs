//! Tests which rights are required to read genotypes of a file, and which errors a file that cannot be read gives.

use ga4gh_beacon::EntryType;
use gemj_access::Action;
use gemj_model::{ApprovedRegion, Assembly, Contig, DataObject, Delivery, ErrorKind, Interval, ZeroBased};
use gemj_objects::{ObjectSettings, ObjectStore, SliceError};

use super::world::{World, vcf};
use crate::beacon::answer::Finding;
use crate::beacon::records::tests::programme::approved;

const QUESTION: &str = "assemblyId=GRCh38&referenceName=21&start=0&end=1000";

async fn world() -> Option<(World, DataObject)> {
    let world = World::new(None).await;
    let records = [
        "100\t.\tA\tG\t.\t.\t.\tGT\t0/1".to_owned(),
        "1500\t.\tA\tG\t.\t.\t.\tGT\t0/1".to_owned(),
    ];
    world.write("p.vcf.gz", &vcf("", &["P1"], &records))?;
    let files = world.load(&["one,P-1,P-1-S,,unknown,GRCh38,p.vcf.gz,,"], &["P-1"]).await;
    let grant = world.grant("A-1", EntryType::GenomicVariant).await;
    let object = world.programme.stores.catalogue.object(&grant, &files[0]).await.unwrap().unwrap();
    Some((world, object))
}

fn stretch(start: u64, end: u64) -> [(Contig, Interval); 1] {
    let interval = Interval {
        start: ZeroBased(start),
        end: Some(ZeroBased(end)),
    };
    [(Contig("21".to_owned()), interval)]
}

#[tokio::test]
async fn genotypes_of_a_file_are_read_only_for_a_caller_who_may_download_the_file() {
    let Some((world, object)) = world().await else { return };
    let region = ApprovedRegion {
        assembly: Some(Assembly::GRCh38),
        contig: Contig("21".to_owned()),
        start: ZeroBased(50),
        end: ZeroBased(1_000),
    };
    world.programme.approve("A-2", Delivery::RegionView, None).await;
    world.programme.approve("A-3", Delivery::TreOnly, None).await;
    world.programme.approve("A-4", Delivery::Download, Some(vec![region])).await;
    let objects = &world.programme.stores.objects;
    let read = async |approval: &str, action, start, end| {
        let grant = world.programme.grant_for(action, &approved(approval), &["one"]).await.unwrap();
        objects.genotypes(&grant, &object, |_| true, &stretch(start, end), false).await
    };
    assert!(read("A-1", Action::AskVariants, 0, 5_000).await.unwrap().is_some());
    for (approval, action) in [
        ("A-2", Action::AskVariants),
        ("A-3", Action::AskVariants),
        ("A-1", Action::AskIndividuals),
    ] {
        let refused = read(approval, action, 0, 1_000).await;
        assert!(matches!(refused, Err(SliceError::NotCovered)), "{approval}: {refused:?}");
    }
    assert!(read("A-4", Action::AskVariants, 50, 1_000).await.unwrap().is_some());
    for (start, end) in [(49, 1_000), (50, 1_001), (2_000, 2_001)] {
        let refused = read("A-4", Action::AskVariants, start, end).await;
        assert!(matches!(refused, Err(SliceError::OutsideRegions)), "{refused:?}");
    }
    // The approvals do not allow downloads, so their projects receive no records and cannot know the id of a file. A request
    // for a file by id finds nothing.
    let path = format!("analyses/{}/g_variants", object.id);
    for approval in ["A-2", "A-3"] {
        let answered = world.answer_to(approval, &path, QUESTION).await.unwrap();
        assert_eq!(answered.answer.finding, Finding::Exact(0), "{approval}");
    }
    let inside = "assemblyId=GRCh38&referenceName=21&start=50&end=1000";
    let answered = world.answer_to("A-4", &path, inside).await.unwrap();
    assert_eq!(answered.answer.finding, Finding::Exact(1));
    let outside = world.answer_to("A-4", &path, QUESTION).await.unwrap_err();
    assert_eq!(outside.kind(), ErrorKind::Forbidden);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_gives_an_error_and_not_an_empty_answer() {
    let Some((mut world, object)) = world().await else { return };
    let path = format!("analyses/{}/g_variants", object.id);
    let stored = |key: &str| world.path("store").join(key);
    let (file, index) = (stored(&object.storage_key), stored(&object.index_key));
    let whole = std::fs::read(&file).unwrap();
    let kept = std::fs::read(&index).unwrap();
    let settings = ObjectSettings {
        url: format!("file://{}/store", world.programme.folder.path().display()),
        ..ObjectSettings::default()
    };
    for (what, bytes, index_bytes) in [
        ("cut off", Some(&whole[..whole.len() / 2]), Some(&kept[..])),
        ("gone", None, Some(&kept[..])),
        ("without an index", Some(&whole[..]), None),
        ("with an empty index", Some(&whole[..]), Some(&[][..])),
    ] {
        for (at, bytes) in [(&file, bytes), (&index, index_bytes)] {
            match bytes {
                Some(bytes) => std::fs::write(at, bytes).unwrap(),
                None => std::fs::remove_file(at).unwrap(),
            }
        }
        // The test opens a new object store, which has no cached data of the file.
        world.programme.stores.objects = ObjectStore::open(&settings).await.unwrap();
        let error = world.answer_to("A-1", &path, QUESTION).await.expect_err(what);
        assert!(
            matches!(error.kind(), ErrorKind::Internal | ErrorKind::Unavailable),
            "{what}: {error}"
        );
    }
    std::fs::write(&file, &whole).unwrap();
    std::fs::write(&index, &kept).unwrap();
    world.programme.stores.objects = ObjectStore::open(&settings).await.unwrap();
    assert_eq!(world.variants(&path, QUESTION).await.len(), 1);
}
