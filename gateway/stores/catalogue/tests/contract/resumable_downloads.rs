//! Tests of downloads that may be resumed after the expiry of their URL.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use gemj_access::CapabilityKey;
use gemj_catalogue::DownloadMark;
use gemj_model::{Clock, Timestamp};

use crate::world::*;

/// A clock that the test sets.
struct Moved(AtomicI64);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

fn mark(text: &str) -> DownloadMark {
    DownloadMark::of(&CapabilityKey::new([5; 32]), text)
}

contract! {
    async fn a_started_download_is_found_by_every_process_until_it_expires(world: World) {
        let clock = Arc::new(Moved(AtomicI64::new(1_000)));
        let (one, other) = (world.catalogue.clone().with_clock(clock.clone()), world.catalogue.clone().with_clock(clock.clone()));
        world.approve().await;
        let grant = world.grant(&["cancer"]).await;
        assert_eq!(one.locate_download(mark("a")).await.unwrap(), None, "no download began");
        one.begin_download(&grant, mark("a"), Timestamp(2_000)).await.unwrap();
        assert_eq!(other.locate_download(mark("a")).await.unwrap(), Some(Timestamp(2_000)));
        assert_eq!(other.locate_download(mark("b")).await.unwrap(), None, "no download of another URL began");
        clock.0.store(1_999, Ordering::SeqCst);
        other.begin_download(&grant, mark("a"), Timestamp(9_000)).await.unwrap();
        assert_eq!(one.locate_download(mark("a")).await.unwrap(), Some(Timestamp(2_000)), "a later use does not move the end");
        clock.0.store(2_000, Ordering::SeqCst);
        assert_eq!(one.locate_download(mark("a")).await.unwrap(), None, "its time is over");
    }

    async fn expired_downloads_are_deleted(world: World) {
        let clock = Arc::new(Moved(AtomicI64::new(1_000)));
        let catalogue = world.catalogue.clone().with_clock(clock.clone());
        world.approve().await;
        let grant = world.grant(&["cancer"]).await;
        catalogue.begin_download(&grant, mark("a"), Timestamp(2_000)).await.unwrap();
        clock.0.store(2_000, Ordering::SeqCst);
        catalogue.begin_download(&grant, mark("b"), Timestamp(3_000)).await.unwrap();
        clock.0.store(1_500, Ordering::SeqCst);
        assert_eq!(catalogue.locate_download(mark("a")).await.unwrap(), None, "its row is gone");
        assert_eq!(catalogue.locate_download(mark("b")).await.unwrap(), Some(Timestamp(3_000)));
    }
}
