use gemj_access::{Job, OperatorReadAction, WriteAction};
use gemj_catalogue::{CatalogueError, audit};
use gemj_model::Ordinal;

use crate::world::*;

impl World {
    /// The number of audit rows of the operator with this action, whose resource matches a pattern of SQL `LIKE`.
    async fn operator_rows(&self, action: &str, resource: &str) -> u64 {
        // The UPDATE changes no value. It only counts the rows.
        let sql =
            format!("UPDATE audit_row SET actor = actor WHERE actor = 'operator' AND action = '{action}' AND resource LIKE '{resource}'");
        self.tamper(&sql).await
    }
}

contract! {
    async fn each_read_of_a_participants_records_writes_a_row_with_its_reason(world: World) {
        world.consent_all(&["P1"]).await;
        let object = object("o1", "cancer", vec![sample("a", Some("P1"))]);
        world.catalogue.register_object(&mandate(WriteAction::Load), &object, &[]).await.unwrap();
        let (person, events) = world.catalogue.consent_of(&operator_read(OperatorReadAction::Consent, "P1"), now()).await.unwrap().unwrap();
        assert_eq!(events.len(), 1);
        let lines = world.catalogue.disclosures_of(&operator_read(OperatorReadAction::Disclosures, "P1"), now()).await.unwrap();
        assert_eq!(lines, Some(Vec::new()));
        let files = world.catalogue.files_of(&operator_read(OperatorReadAction::Files, "P1"), None, now()).await.unwrap();
        assert_eq!(files.len(), 1);
        let Ordinal(number) = person.ordinal;
        for action in ["read-consent", "read-disclosures", "read-files"] {
            assert_eq!(world.operator_rows(action, &format!("participant:{number} reason:a call of the hospital")).await, 1, "{action}");
        }
        let key = gemj_access::CapabilityKey::new([5; 32]);
        audit::verify(&world.catalogue, upkeep(Job::Audit), None, &key).await.unwrap();
    }

    async fn the_read_of_an_unknown_participant_returns_nothing_and_writes_a_row(world: World) {
        let found = world.catalogue.consent_of(&operator_read(OperatorReadAction::Consent, "P9"), now()).await.unwrap();
        assert_eq!(found, None);
        assert_eq!(world.operator_rows("read-consent", "participant:unknown reason:%").await, 1);
    }

    async fn a_key_for_other_records_reads_nothing(world: World) {
        world.consent_all(&["P1"]).await;
        let wrong = operator_read(OperatorReadAction::Files, "P1");
        assert_eq!(world.catalogue.consent_of(&wrong, now()).await, Err(CatalogueError::WrongKey));
        assert_eq!(world.catalogue.disclosures_of(&wrong, now()).await, Err(CatalogueError::WrongKey));
        assert_eq!(world.operator_rows("read-%", "%").await, 0);
    }
}
