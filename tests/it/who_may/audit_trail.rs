//! `audit verify` on PostgreSQL detects an edited row, a deleted row, a changed order and a cut tail, and names the row.

use std::path::Path;

use gemj_demo::Persona;
use gemj_tests::oracle::run;
use gemj_tests::postgres::PostgresDatabase;
use gemj_tests::small_data::{SHARED_VARIANT, person};
use gemj_tests::{Backend, Programme};

fn sql(url: &str, statement: &str) -> String {
    let out = run("psql", ["-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", url, "-c", statement], b"");
    String::from_utf8(out).unwrap().trim().to_owned()
}

/// SQL for a change that a person with access to the database could make. The test restores the rows from a copy afterwards.
fn tampering(chain: &str, how: &str, at: u64) -> String {
    let row = format!("chain = '{chain}' AND sequence");
    match how {
        "edit" => format!("UPDATE audit_row SET verdict = CASE verdict WHEN 'deny' THEN 'allow' ELSE 'deny' END WHERE {row} = {at}"),
        "deletion" => format!("DELETE FROM audit_row WHERE {row} = {at}"),
        "order" => format!(
            "UPDATE audit_row SET sequence = -1 WHERE {row} = {at}; UPDATE audit_row SET sequence = {at} WHERE {row} = {next};
             UPDATE audit_row SET sequence = {next} WHERE {row} = -1",
            next = at + 1
        ),
        "cut tail" => format!("DELETE FROM audit_row WHERE {row} >= {at}"),
        other => panic!("{other}"),
    }
}

#[test]
fn on_postgresql_every_change_of_the_trail_is_detected_and_its_row_named() {
    let Some(database) = PostgresDatabase::create() else { return };
    let programme = Programme::new(Backend::Postgres(&database.url));
    programme.load_small_data();
    let served = programme.serve();
    let token = programme.passport(Persona::OverseasAcademic);
    let id = programme.object_of(&person(1), "BAM");
    // The nine anonymous requests of this loop are counted in one audit row.
    for _ in 0..9 {
        let _ = served.client.get(&format!("/ga4gh/drs/v1/objects/{id}"), Some(&token)).expect(200);
        let _ = served.client.get(&format!("/beacon/g_variants?{SHARED_VARIANT}"), None).expect(200);
        let bytes = served.client.get(&format!("/ga4gh/drs/v1/objects/{id}/access/https"), Some(&token));
        assert_eq!(bytes.status, 403);
    }
    // If a gateway ends in order, the signed head of its chain is stored outside the database.
    let _ = served.stop();
    let good = programme.run(&["audit", "verify"]).good();
    assert!(good.out.starts_with("good: "), "{}", good.out);
    let url = &database.url;
    let chain = sql(
        url,
        "SELECT chain FROM audit_row WHERE chain <> 'operations' GROUP BY chain ORDER BY COUNT(*) DESC LIMIT 1",
    );
    let rows: u64 = sql(url, &format!("SELECT COUNT(*) FROM audit_row WHERE chain = '{chain}'"))
        .parse()
        .unwrap();
    assert!(rows >= 15, "{rows}");
    sql(url, "CREATE TABLE audit_copy AS SELECT * FROM audit_row");
    for (how, at, named) in [
        ("edit", 4, "row 4: altered"),
        ("deletion", 5, "row 5: missing"),
        ("order", 6, "row 6: reordered"),
        ("cut tail", 12, "row 12: truncated"),
    ] {
        sql(url, &tampering(&chain, how, at));
        let ran = programme.run(&["audit", "verify"]).refused();
        assert!(ran.err.contains(named) && ran.err.contains(&chain), "{how}: {}", ran.err);
        sql(url, "DELETE FROM audit_row; INSERT INTO audit_row SELECT * FROM audit_copy");
        let _ = programme.run(&["audit", "verify"]).good();
    }
    // Without the signed heads, a chain whose tail was cut would look like a shorter chain. The heads are therefore stored outside the database.
    assert!(has_checkpoints(&programme.path(".")), "no signed head is outside the database");
}

fn has_checkpoints(folder: &Path) -> bool {
    let folders = ["audit", "audit-checkpoints"].map(|name| folder.join(name));
    folders
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .any(|mut entries| entries.next().is_some())
}
