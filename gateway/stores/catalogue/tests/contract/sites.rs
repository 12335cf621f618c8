use gemj_access::{Job, WriteAction};
use gemj_catalogue::{CatalogueError, Coverage, NewAlarm, NewSample, SilentSite, SiteReport};
use gemj_model::{SiteId, Timestamp};

use crate::world::*;

fn site(id: &str) -> SiteId {
    SiteId::parse(id).unwrap()
}

fn at(name: &str, participant: &str, id: &str) -> NewSample {
    NewSample {
        site: Some(site(id)),
        ..sample(name, Some(participant))
    }
}

fn report(id: &str, recorded: Timestamp) -> SiteReport {
    SiteReport {
        site: site(id),
        recorded,
        listed: 10,
        agreeing: 7,
        blocked: 1,
        ringing: 2,
        unknown: 0,
    }
}

fn covers(compared: u64, missing: u64) -> Coverage {
    Coverage { compared, missing }
}

contract! {
    async fn a_site_is_silent_until_a_record_of_it_exists(world: World) {
        let samples = vec![at("a", "P0", "east"), at("b", "P1", "east"), at("c", "P2", "west"), sample("d", Some("P3"))];
        world.catalogue.register_object(&mandate(WriteAction::Load), &object("o1", "cancer", samples), &[]).await.unwrap();
        let day = |n: i64| now().plus_seconds(n * 86_400);
        let inventory = upkeep(Job::Inventory);
        let silent = async |when, days| world.catalogue.silent_sites(inventory, when, days).await.unwrap();
        let never = |id: &str, participant_count| SilentSite { site: site(id), participant_count, last_heard: None };
        assert_eq!(silent(now(), 30).await, [never("east", 2), never("west", 1)]);

        world.consent_all(&["P2"]).await;
        assert_eq!(silent(now(), 30).await, [never("east", 2)]);
        let key = mandate(WriteAction::RecordConsent);
        let first = report("east", day(-20));
        world.catalogue.record_site_report(&key, &first, covers(1, 0)).await.unwrap();
        assert!(silent(now(), 30).await.is_empty());
        let heard = silent(now(), 10).await;
        assert_eq!(heard, [SilentSite { last_heard: Some(first.recorded), ..never("east", 2) }]);
        assert_eq!(silent(day(31), 30).await.len(), 2);
    }

    async fn the_last_report_of_each_site_is_listed(world: World) {
        let key = mandate(WriteAction::RecordConsent);
        let (old, new, other) = (report("east", Timestamp(5)), report("east", Timestamp(9)), report("west", Timestamp(7)));
        for report in [&new, &old, &other] {
            world.catalogue.record_site_report(&key, report, covers(1, 0)).await.unwrap();
        }
        assert_eq!(world.catalogue.last_site_reports(upkeep(Job::Inventory)).await.unwrap(), [new.clone(), other]);
        let again = world.catalogue.record_site_report(&key, &new, covers(1, 0)).await;
        assert_eq!(again, Err(CatalogueError::Conflict { field: "recorded" }));
        assert_eq!(world.catalogue.state().await.unwrap().epoch, 0, "a report is not a policy change");
        let refused = world.catalogue.record_site_report(&mandate(WriteAction::Load), &old, covers(1, 0)).await;
        assert_eq!(refused, Err(CatalogueError::WrongKey));
    }

    async fn an_alarm_is_raised_once_until_it_is_cleared(world: World) {
        let key = mandate(WriteAction::RecordConsent);
        let alarm = |kind: &str, of: Option<&str>| NewAlarm { kind: kind.into(), site: of.map(site), text: "look".into() };
        let raise = async |alarm: NewAlarm| world.catalogue.raise_alarm(&key, &alarm, now()).await.unwrap();
        let first = raise(alarm("site-silent", Some("east"))).await;
        assert_eq!(raise(alarm("site-silent", Some("east"))).await, first);
        let second = raise(alarm("site-silent", None)).await;
        assert_ne!(second, first);
        let open = async |all| world.catalogue.alarms(upkeep(Job::Inventory), all).await.unwrap();
        assert_eq!(open(false).await.iter().map(|a| a.id).collect::<Vec<_>>(), [first, second]);
        assert_eq!(open(false).await[0].alarm, alarm("site-silent", Some("east")));
        world.catalogue.clear_alarm(&key, first, now()).await.unwrap();
        world.catalogue.clear_alarm(&key, first, now()).await.unwrap();
        assert_eq!((open(false).await.len(), open(true).await.len()), (1, 2));
        assert_ne!(raise(alarm("site-silent", Some("east"))).await, first, "the alarm is raised again");
        let unknown = world.catalogue.clear_alarm(&key, 99, now()).await;
        assert_eq!(unknown, Err(CatalogueError::NotFound { what: "alarm" }));
    }

    async fn only_a_list_with_a_registered_participant_after_the_seal_counts_whatever_the_clock_says(world: World) {
        let key = mandate(WriteAction::RecordConsent);
        let compared = async || world.catalogue.sites_compared_since_seal(upkeep(Job::Inventory)).await.unwrap().len();
        world.catalogue.record_site_report(&key, &report("hospital-a", now()), covers(3, 0)).await.unwrap();
        assert_eq!(compared().await, 1);
        // The clock of the restored machine is an hour slow.
        let slow = now().plus_seconds(-3600);
        world.catalogue.close_seal(&mandate(WriteAction::Restore), "restored", slow).await.unwrap();
        assert_eq!(compared().await, 0, "the list was compared before the seal");
        world.catalogue.record_site_report(&key, &report("hospital-a", slow.plus_seconds(1)), covers(0, 4)).await.unwrap();
        assert_eq!(compared().await, 0, "no entry names a registered participant");
        world.catalogue.record_site_report(&key, &report("hospital-a", slow.plus_seconds(2)), covers(1, 3)).await.unwrap();
        assert_eq!(compared().await, 1);
        let missing = async || world.catalogue.sites_compared_since_seal(upkeep(Job::Inventory)).await.unwrap().into_values().collect::<Vec<_>>();
        assert_eq!(missing().await, [3]);
        world.catalogue.record_site_report(&key, &report("hospital-a", slow.plus_seconds(3)), covers(4, 0)).await.unwrap();
        world.catalogue.record_site_report(&key, &report("hospital-a", slow.plus_seconds(4)), covers(2, 2)).await.unwrap();
        assert_eq!(missing().await, [2], "the newest list counts");
    }
}
