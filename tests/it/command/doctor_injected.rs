//! `doctor` and the faults of the machine and of the database that a test must inject with some force: another user, another disk, damaged tables.

use std::process::Command;

use gemj_tests::binary::gateway;
use gemj_tests::postgres::PostgresDatabase;
use gemj_tests::shared_data::skipped;
use gemj_tests::{Backend, Programme, Ran};

use super::doctor::{assert_named, findings_of};
use super::new_installation::{NewInstallation, set_mode};
use crate::federation::fake_partner::FakePartner;
use crate::small::loaded;

const OFFLINE: [&str; 3] = ["doctor", "--json", "--offline"];

/// The number of the user `nobody`. In the tests of unwritable places, this user owns the installation.
const SERVICE: u32 = 65_534;

fn is_root() -> bool {
    gemj_tests::oracle::run("id", ["-u"], b"").trim_ascii() == b"0"
}

/// Gives all files of an installation to one user.
fn chown(new: &NewInstallation, user: u32) {
    let folder = new.folder.path().to_str().unwrap();
    gemj_tests::oracle::run("chown", ["-R", &user.to_string(), folder], b"");
}

/// Runs `doctor` as the user of the service. Root may write everywhere, so root cannot see a folder that is not writable.
fn doctor_as_service(new: &NewInstallation) -> Ran {
    let config = new.config();
    let doctor = [OFFLINE[0], OFFLINE[1], OFFLINE[2], "--config", config.to_str().unwrap()];
    let output = if is_root() {
        let user = SERVICE.to_string();
        let as_user = ["--reuid", user.as_str(), "--regid", user.as_str(), "--clear-groups"];
        Command::new("setpriv").args(as_user).arg(gateway()).args(doctor).output()
    } else {
        Command::new(gateway()).args(doctor).output()
    };
    let output = output.unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_place_that_the_service_cannot_write_or_read_is_named() {
    let new = NewInstallation::make();
    if is_root() {
        chown(&new, SERVICE);
    }
    let ran = doctor_as_service(&new);
    let of_permissions = |ran: &Ran| {
        findings_of(ran)
            .into_iter()
            .filter(|(_, check, _)| check == "permissions")
            .collect::<Vec<_>>()
    };
    assert!(
        of_permissions(&ran).iter().all(|(level, _, _)| level == "good"),
        "{}{}",
        ran.out,
        ran.err
    );
    for (place, closed, open) in [("objects", 0o500, 0o700), ("audit", 0o500, 0o700), ("gateway.db", 0o400, 0o600)] {
        set_mode(&new.path(place), closed);
        let said = format!("{place} cannot be written by this user");
        assert_named(
            &doctor_as_service(&new),
            "fault",
            "permissions",
            &said,
            "run the gateway and its commands as one user",
        );
        set_mode(&new.path(place), open);
    }
    set_mode(&new.path("objects"), 0o300);
    assert_named(
        &doctor_as_service(&new),
        "fault",
        "objects",
        "reading the object store's folder",
        "folder's disk and owner",
    );
    set_mode(&new.path("objects"), 0o700);
}

#[test]
fn places_of_different_users_are_named_also_to_root() {
    if !is_root() {
        skipped("only root can give a folder to another user");
        return;
    }
    let new = NewInstallation::make();
    std::os::unix::fs::chown(new.path("objects"), Some(SERVICE), None).unwrap();
    let said = "to user 0";
    assert_named(
        &new.run(&OFFLINE),
        "fault",
        "permissions",
        said,
        "give all of them to the user of the service",
    );
}

#[test]
fn a_disk_with_little_space_is_a_warning() {
    let new = NewInstallation::make();
    // A file system of 36 GiB, of which 2 GiB are free, in a sparse file that needs few MiB. The mount namespace hides it from other processes.
    let script = "set -e; truncate -s 36G \"$1.img\"; mkfs.ext4 -q -E lazy_itable_init=1,lazy_journal_init=1 \"$1.img\"; mount -o loop \"$1.img\" \"$1\"\n\
                  chmod 700 \"$1\"; fallocate -l 31G \"$1/full\"; \"$2\" doctor --json --offline --config \"$3\" || code=$?; umount \"$1\"; exit $code";
    let ran = Command::new("unshare")
        .args(["-m", "sh", "-c", script, "sh"])
        .arg(new.path("objects"))
        .arg(gateway())
        .arg(new.config())
        .output();
    let out = ran
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    if !out.contains("findings") {
        skipped("no file system can be mounted here");
        return;
    }
    let ran = Ran {
        code: Some(2),
        out,
        err: String::new(),
    };
    assert_named(&ran, "warning", "disk", "objects: 2", "make space");
}

#[test]
fn a_segment_of_an_older_format_is_named() {
    let programme = loaded(Backend::Embedded);
    let files = programme.stored_files().into_iter().map(|(path, _)| path);
    let segment = files
        .into_iter()
        .find(|path| path.to_string_lossy().contains("/carriers/"))
        .unwrap();
    // The trailer has 64 bytes. The version is a number of four bytes at its byte 20. Version 1 was the first format.
    let mut bytes = std::fs::read(&segment).unwrap();
    let at = bytes.len() - 64 + 20;
    assert_eq!(bytes[at..at + 4], [2, 0, 0, 0], "the current version");
    bytes[at] = 1;
    std::fs::write(&segment, bytes).unwrap();
    let said = "1 segments have an older format";
    assert_named(&programme.run(&OFFLINE), "warning", "index", said, "gemj-gateway index merge");
}

/// Changes a database file behind the gateway's back.
fn change(database: &std::path::Path, sql: &str) {
    let script = "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1])\ndb.executescript(sys.argv[2])\ndb.commit()";
    gemj_tests::oracle::run("python3", ["-c", script, database.to_str().unwrap(), sql], b"");
}

#[test]
fn a_schema_that_is_newer_older_or_different_is_named() {
    let new = NewInstallation::make();
    let database = new.path("gateway.db");
    let saved = std::fs::read(&database).unwrap();
    for (sql, said, remedy) in [
        (
            "INSERT INTO _sqlx_migrations SELECT 9001, 'newer', installed_on, success, checksum, execution_time FROM _sqlx_migrations LIMIT 1",
            "a newer version of gemj-gateway",
            "install the newer version again",
        ),
        (
            "UPDATE _sqlx_migrations SET checksum = zeroblob(48) WHERE version = 1",
            "a schema step of the database differs",
            "migrate --check",
        ),
        (
            "DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)",
            "the stores were not checked",
            "gemj-gateway migrate",
        ),
    ] {
        change(&database, sql);
        assert_named(&new.run(&OFFLINE), "fault", "schema", said, remedy);
        std::fs::write(&database, &saved).unwrap();
    }
}

#[test]
fn a_damaged_table_of_the_database_is_named() {
    let new = NewInstallation::make();
    let condition = "data_use = [{ code = \"DUO:0000007\", diseases = [\"MONDO:0005070\"] }]";
    new.write(&new.text().replace("data_use = [\"DUO:0000042\"]", condition));
    let database = new.path("gateway.db");
    let saved = std::fs::read(&database).unwrap();
    for (table, check) in [("ontology_release", "ontologies"), ("gene_model", "gene models")] {
        change(&database, &format!("ALTER TABLE {table} RENAME TO lost"));
        assert_named(&new.run(&OFFLINE), "fault", check, "", "check the database");
        std::fs::write(&database, &saved).unwrap();
    }
}

#[test]
fn a_key_of_another_installation_and_a_damaged_signed_head_are_named() {
    let (new, other) = (NewInstallation::make(), NewInstallation::make());
    let (key, saved) = (new.path("secrets/capability.key"), new.path("saved"));
    std::fs::copy(&key, &saved).unwrap();
    std::fs::copy(other.path("secrets/capability.key"), &key).unwrap();
    assert_named(&new.run(&OFFLINE), "fault", "installation", "key", "see the other faults");
    std::fs::copy(&saved, &key).unwrap();
    let sheet = new.path("people.csv");
    std::fs::write(&sheet, "participant\nP-1\n").unwrap();
    let _ = new.run(&["participants", "register", sheet.to_str().unwrap()]).good();
    let head = new.path("audit/operations.head");
    assert!(head.is_file());
    std::fs::write(&head, "this is no head\n").unwrap();
    assert_named(
        &new.run(&OFFLINE),
        "fault",
        "signed head",
        "operations.head",
        "do what the text says",
    );
    let tail = new.path("audit/ledger.tail");
    std::fs::write(&tail, "this is no line of the tail\n").unwrap();
    assert_named(
        &new.run(&OFFLINE),
        "fault",
        "ledger tail",
        "line 1 is damaged",
        "move ledger.tail away",
    );
}

#[test]
fn a_ledger_tail_beside_the_database_and_what_interrupted_commands_left_are_named() {
    let new = NewInstallation::make();
    let outside = "another machine's storage";
    assert_named(
        &new.run(&OFFLINE),
        "warning",
        "ledger tail",
        "on the file system of the database",
        outside,
    );
    let note = new.path("audit/ledger.continued");
    std::fs::create_dir_all(note.parent().unwrap()).unwrap();
    std::fs::write(&note, "continued since 2026-11-24T00:00:00Z in /rehearsal/audit\n").unwrap();
    assert_named(
        &new.run(&OFFLINE),
        "warning",
        "ledger tail",
        "has used the ledger tail",
        "delete the file ledger.continued",
    );
    std::fs::remove_file(&note).unwrap();
    let text = new.text();
    assert_eq!(text.matches("checkpoint_dir = \"audit\"").count(), 1, "{text}");
    new.write(&text.replace("checkpoint_dir = \"audit\"", ""));
    assert_named(&new.run(&OFFLINE), "warning", "ledger tail", "is not configured", outside);
    new.write(&text);

    // A gateway keeps the key with which it was started.
    let served = new.serve();
    let _ = new.run(&["key", "rotate"]).good();
    let near = new.run(&["doctor", "--json", "--pause-s", "0"]);
    assert_named(&near, "fault", "keys", "with another key than", "restart each one");
    drop(served);

    std::fs::write(new.path("secrets/capability.new-0123456789abcdef"), "half a key").unwrap();
    assert_named(
        &new.run(&OFFLINE),
        "warning",
        "keys",
        "an interrupted command left",
        "delete the file",
    );
    std::fs::write(new.path("gateway.db.restore-unfinished"), "").unwrap();
    let remedy = "run `gemj-gateway restore` again with the same back-up";
    assert_named(&new.run(&OFFLINE), "fault", "database", "", remedy);
}

#[test]
fn a_named_file_that_is_absent_or_useless_and_an_unknown_listening_name_are_named() {
    let new = NewInstallation::make();
    let text = new.text();
    let issuer =
        "\n[[authentication.issuer]]\nissuer = \"https://visas.example\"\nkinds = [\"visa-issuer\"]\njwks_file = \"absent.json\"\n";
    new.write(&format!("{text}{issuer}"));
    let near = ["doctor", "--json", "--pause-s", "0"];
    assert_named(
        &new.run(&near),
        "fault",
        "configuration",
        "absent.json does not exist",
        "name an existing file",
    );
    assert_named(&new.run(&near), "fault", "issuers", "absent.json", "restore the file");
    std::fs::write(new.path("empty.pem"), "no certificate\n").unwrap();
    new.write(&format!("{text}\n[authentication]\nca_file = \"empty.pem\"\n"));
    assert_named(
        &new.run(&near),
        "fault",
        "network",
        "`ca_file` cannot be read",
        "check authentication.ca_file",
    );
    let listen = format!("listen = \"{}\"", new.base.trim_start_matches("http://"));
    assert!(text.contains(&listen));
    new.write(&text.replace(&listen, "listen = \"no-such-name.invalid:80\""));
    assert_named(&new.run(&OFFLINE), "fault", "server", "cannot be resolved", "correct server.listen");
}

#[test]
fn an_unreachable_an_oversized_and_an_unreadable_key_set_are_named() {
    let new = NewInstallation::make();
    let text = new.text();
    let with_jku = |url: &str| {
        new.write(&format!(
            "{text}\n[[authentication.issuer]]\nissuer = \"https://visas.example\"\nkinds = [\"visa-issuer\"]\njku = [\"{url}\"]\n"
        ));
        new.run(&["doctor", "--json", "--pause-s", "0"])
    };
    assert_named(
        &with_jku("http://127.0.0.1:9/jwks"),
        "fault",
        "issuers",
        "cannot be fetched",
        "check address, firewall",
    );
    // The gateway reads at most 256 KiB, so a larger key set is a fault, although every key in it is good.
    let large = FakePartner::answering("200 OK", &format!("{{\"keys\": [], \"padding\": \"{}\"}}", "a".repeat(256 * 1024)));
    assert_named(
        &with_jku(&large.url),
        "fault",
        "issuers",
        "larger than 256 KiB",
        "ask the issuer for its key set",
    );
    let page = FakePartner::answering("200 OK", "<html>moved</html>");
    assert_named(
        &with_jku(&page.url),
        "fault",
        "issuers",
        "is not a JWK Set",
        "ask the issuer for its key set",
    );
}

#[test]
fn a_hospital_whose_key_set_is_larger_than_the_gateway_reads_is_named() {
    let new = NewInstallation::make();
    let hospital = ["init", "--for", "hospital", "hospital-a", "--institution-number", "1319999901"];
    let _ = new.run(&hospital).good();
    let file = new.path("clients/ehr-hospital-a.jwks.json");
    let set = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{set}{}", " ".repeat(256 * 1024))).unwrap();
    let ran = new.run(&["doctor", "--json", "--pause-s", "0"]);
    assert_named(&ran, "fault", "keys", "more than 64 keys or 256 KiB", "ask the hospital");
}

#[test]
fn a_role_of_an_unknown_site_is_named() {
    let new = NewInstallation::make();
    let hospital = ["init", "--for", "hospital", "hospital-a", "--institution-number", "1319999901"];
    let _ = new.run(&hospital).good();
    new.write(&new.text().replace("scope = \"hospital-a\"", "scope = \"hospital-zz\""));
    assert_named(
        &new.run(&OFFLINE),
        "warning",
        "configuration",
        "'hospital-zz' is no site",
        "config check",
    );
    let checked = new.run(&["config", "check"]).good();
    assert!(
        checked.err.contains("line ") && checked.err.contains("'hospital-zz' is no site"),
        "{}",
        checked.err
    );
}

#[test]
fn a_small_difference_of_clocks_and_a_clock_that_cannot_be_read_are_named() {
    let Some(database) = PostgresDatabase::create() else { return };
    let programme = Programme::new(Backend::Postgres(&database.url));
    let (_, name) = database.url.rsplit_once('/').unwrap();
    let clock = |body: &str| {
        let sql = format!(
            "CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql AS 'BEGIN {body}; END'; \
             ALTER DATABASE {name} SET search_path = public, pg_catalog"
        );
        gemj_tests::oracle::run("psql", ["-q", &database.url, "-c", &sql], b"");
        programme.run(&OFFLINE)
    };
    let ahead = clock("RETURN pg_catalog.clock_timestamp() + interval ''15 seconds''");
    assert_named(&ahead, "warning", "clock", "this machine's clock differs by -1", "set-ntp");
    let broken = clock("RAISE EXCEPTION ''no clock''");
    assert_named(
        &broken,
        "fault",
        "clock",
        "the database's time cannot be read",
        "check the database",
    );
}
