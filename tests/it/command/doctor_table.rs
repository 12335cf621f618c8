//! Every fault and warning that `doctor` looks for, and the test that injects it. The table is compared with the program's code, so a new finding
//! without a test fails here.

use std::path::Path;

use gemj_tests::binary::workspace;

/// One finding: level and check, a part of its statement in the code, the test that injects it, and a text that this test expects.
struct Row(&'static str, &'static str, &'static str, &'static str, &'static str);

const MACHINE: &str = "each_fault_of_the_machine_is_named_with_its_remedy";
const PROXY: &str = "a_complete_installation_behind_nginx_with_tls_is_all_green_and_each_limit_of_the_proxy_is_found";
const BARE: &str = "an_installation_without_ontology_and_gene_model_and_issuer_gets_warnings";
const SCHEMA: &str = "a_schema_that_is_newer_older_or_different_is_named";
const TLS: &str = "doctor_reads_the_certificate_and_warns_before_its_end";
const FILES: &str = "a_named_file_that_is_absent_or_useless_and_an_unknown_listening_name_are_named";
const TABLES: &str = "a_damaged_table_of_the_database_is_named";
const HEADS: &str = "a_key_of_another_installation_and_a_damaged_signed_head_are_named";
const CLOCKS: &str = "a_small_difference_of_clocks_and_a_clock_that_cannot_be_read_are_named";
const KEY_SETS: &str = "an_unreachable_an_oversized_and_an_unreadable_key_set_are_named";
const ENDS: &str = "a_role_and_a_client_that_end_soon_are_named";
const PLACES: &str = "a_place_that_the_service_cannot_write_or_read_is_named";
const OUTSIDE: &str = "a_ledger_tail_beside_the_database_and_what_interrupted_commands_left_are_named";
const BUCKET: &str = "a_bucket_that_does_not_answer_or_refuses_the_key_is_named";

/// No test can inject these findings; the text states why.
const NOT_INJECTED: [(&str, &str, &str); 2] = [
    // The folder exists at one call and its file system does not answer the next call.
    ("fault", "disk", "its disk cannot be examined"),
    // The database is opened and read, and breaks before the next statement.
    ("fault", "database", "error.to_string(), \"check that the database server runs"),
];

const ROWS: &[Row] = &[
    Row("fault", "configuration", "correct the line", MACHINE, "privacy.public_k"),
    Row(
        "fault",
        "configuration",
        "name an existing file",
        FILES,
        "absent.json does not exist",
    ),
    Row("warning", "configuration", "complete data_use", MACHINE, "no permission code"),
    Row(
        "warning",
        "configuration",
        "shows it too",
        "a_role_of_an_unknown_site_is_named",
        "'hospital-zz' is no site",
    ),
    Row("fault", "network", "ca-certificates", FILES, "`ca_file` cannot be read"),
    Row("fault", "clock", "time cannot be read", CLOCKS, "time cannot be read"),
    Row("warning", "clock", "text, REMEDY", CLOCKS, "differs by"),
    Row(
        "fault",
        "clock",
        "text, REMEDY",
        "a_clock_that_differs_from_an_issuers_clock_is_named",
        "differs by",
    ),
    Row("fault", "keys", "restore the installation's key", MACHINE, "bytes are expected"),
    Row("fault", "keys", "with another key than", OUTSIDE, "with another key than"),
    Row(
        "warning",
        "keys",
        "an interrupted command left",
        OUTSIDE,
        "an interrupted command left",
    ),
    Row("warning", "ledger tail", "is not configured", OUTSIDE, "is not configured"),
    Row(
        "warning",
        "ledger tail",
        "has used the ledger tail",
        OUTSIDE,
        "has used the ledger tail",
    ),
    Row(
        "warning",
        "ledger tail",
        "on the file system of the database",
        OUTSIDE,
        "on the file system of the database",
    ),
    Row(
        "fault",
        "database",
        "gemj-gateway restore` again",
        OUTSIDE,
        "gemj-gateway restore` again",
    ),
    Row("fault", "permissions", "change the mode", MACHINE, "change the mode"),
    Row("fault", "permissions", "other users may read", MACHINE, "chmod"),
    Row(
        "fault",
        "permissions",
        "cannot be written by this user",
        PLACES,
        "cannot be written by this user",
    ),
    Row(
        "fault",
        "permissions",
        "belongs to user",
        "places_of_different_users_are_named_also_to_root",
        "give all of them",
    ),
    Row("fault", "disk", "text, remedy", "a_full_disk_is_named", "fault    disk"),
    Row(
        "warning",
        "disk",
        "text, remedy",
        "a_disk_with_little_space_is_a_warning",
        "make space",
    ),
    Row(
        "warning",
        "disk",
        "few inodes",
        "a_disk_with_few_inodes_is_named",
        "few inodes are free",
    ),
    Row("warning", "issuers", "no issuer is trusted", BARE, "init --for broker"),
    Row("fault", "keys", "ask the hospital", MACHINE, "ask the hospital"),
    Row("fault", "issuers", "restore the file", FILES, "restore the file"),
    Row(
        "fault",
        "issuers",
        "answered with status",
        "a_key_set_that_is_gone_from_its_address_is_named",
        "answered with status 404",
    ),
    Row("fault", "issuers", "cannot be fetched", KEY_SETS, "cannot be fetched"),
    Row(
        "fault",
        "issuers",
        "places an endpoint",
        "an_endpoint_of_discovery_on_a_host_that_the_entry_lacks_is_named",
        "places an endpoint on userinfo.example",
    ),
    Row(
        "fault",
        "issuers",
        "to avoid discovery",
        "an_issuer_that_moved_its_keys_or_does_not_answer_is_named",
        "compared byte for byte",
    ),
    Row(
        "fault",
        "issuers",
        "has no key that can be used",
        MACHINE,
        "has no key that can be used",
    ),
    Row("fault", "issuers", "{place} {fault}", KEY_SETS, "larger than 256 KiB"),
    Row("warning", "roles", "ended on", MACHINE, "ended on 2026-01-01"),
    Row("warning", "roles", "ends on", ENDS, "role 1 ends on"),
    Row("fault", "proxy", "cannot be reached", PROXY, "cannot be reached"),
    Row("fault", "proxy", "pass all paths", PROXY, "is not answered by this gateway"),
    Row("fault", "proxy", "URLs of", PROXY, "URLs of 60000 bytes do not pass"),
    Row("fault", "proxy", "the header Authorization", PROXY, "Authorization does not arrive"),
    Row("fault", "proxy", "tokens of", PROXY, "tokens of 24000 bytes do not pass"),
    Row("fault", "proxy", "bodies of", PROXY, "bodies of 1536 KiB do not pass"),
    Row("fault", "proxy", "with a pause", PROXY, "a request with a pause of 5 s is cut"),
    Row("fault", "schema", "a newer version", SCHEMA, "a newer version of gemj-gateway"),
    Row(
        "fault",
        "schema",
        "differs from this program's",
        SCHEMA,
        "a schema step of the database differs",
    ),
    Row("fault", "schema", "were not checked", SCHEMA, "the stores were not checked"),
    Row("fault", "server", "correct server.listen", FILES, "correct server.listen"),
    Row(
        "fault",
        "server",
        "another certificate",
        TLS,
        "another certificate than server.tls.certificate_file",
    ),
    Row(
        "fault",
        "server",
        "/readyz",
        "a_gateway_that_is_not_ready_is_named_with_its_reason",
        "the database is sealed",
    ),
    Row("fault", "server", "no gateway answers", MACHINE, "no gateway answers"),
    Row(
        "fault",
        "server",
        "no answer within",
        "a_port_that_accepts_and_never_answers_is_named",
        "no answer within",
    ),
    Row(
        "warning",
        "server",
        "another program answers",
        "another_program_on_the_port_is_named",
        "another program answers",
    ),
    Row("fault", "database", "{file} does not exist", MACHINE, "restore the file"),
    Row("fault", "objects", "{folder} does not exist", MACHINE, "mount the disk"),
    Row("fault", "ledger tail", "REPAIR_TAIL", HEADS, "line 1 is damaged"),
    Row("fault", "signed head", "do what the text says", HEADS, "signed head"),
    Row(
        "fault",
        "database",
        "database.url names it",
        "a_database_server_that_does_not_answer_or_lacks_the_database_is_named",
        "database.url names it",
    ),
    Row(
        "fault",
        "objects",
        "text, \"check the folder's disk",
        BUCKET,
        "the bucket's address, region and keys",
    ),
    Row("fault", "installation", "see the other faults", HEADS, "see the other faults"),
    Row(
        "fault",
        "objects",
        "error.to_string(), \"check the folder's disk",
        PLACES,
        "folder's disk and owner",
    ),
    Row(
        "fault",
        "index",
        "a segment cannot be read",
        "a_missing_segment_of_the_carrier_index_is_named",
        "a segment cannot be read",
    ),
    Row(
        "warning",
        "index",
        "older format",
        "a_segment_of_an_older_format_is_named",
        "older format",
    ),
    Row(
        "warning",
        "index",
        "{count} segments",
        "a_dataset_with_many_segments_is_named",
        "index merge",
    ),
    Row("warning", "ontologies", "no ontology is loaded", BARE, "ontology load"),
    Row("fault", "ontologies", "check the database", TABLES, "ontologies"),
    Row("fault", "ontologies", "check the database", TABLES, "ontology_release"),
    Row(
        "warning",
        "ontologies",
        "no loaded ontology contains",
        "a_disease_of_a_condition_without_its_ontology_is_named",
        "no loaded ontology contains",
    ),
    Row("warning", "gene models", "no gene model is loaded", BARE, "gene-model load"),
    Row("fault", "gene models", "check the database", TABLES, "gene models"),
    Row("fault", "tls", "RENEW", TLS, "the certificate ended at"),
    Row("warning", "tls", "RENEW", TLS, "the certificate ends at"),
];

/// A statement of the code that reports a finding.
#[derive(Debug)]
struct Statement {
    level: String,
    check: String,
    text: String,
}

/// The texts of all files of a folder with this start of their names, without the folders below.
fn files(folder: &Path, start: &str) -> Vec<String> {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let named = |path: &Path| path.is_file() && path.file_name().unwrap().to_string_lossy().starts_with(start);
    paths
        .iter()
        .filter(|path| named(path))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

/// The arguments of a call, up to its closing bracket.
fn arguments(rest: &str) -> String {
    let (mut depth, mut inside, mut escaped) = (1, false, false);
    let mut found = String::new();
    for c in rest.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            '(' | '[' | '{' if !inside => depth += 1,
            ')' | ']' | '}' if !inside => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        found.push(c);
    }
    found.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every statement of `doctor` that reports a fault or a warning.
fn statements() -> Vec<Statement> {
    let command = workspace().join("gateway/server/src/command");
    let code = [files(&command, "doctor.rs"), files(&command.join("doctor"), "")].concat();
    let mut found = Vec::new();
    for text in &code {
        for level in ["fault", "warning"] {
            for rest in text.split(&format!("report.{level}(")).skip(1) {
                let text = arguments(rest);
                let check = text.strip_prefix('"').and_then(|text| text.split('"').next());
                found.push(Statement {
                    level: level.to_owned(),
                    check: check.unwrap_or_else(|| panic!("a check without a literal name: {text}")).to_owned(),
                    text,
                });
            }
        }
    }
    found
}

#[test]
fn every_finding_of_doctor_has_a_test_that_injects_it() {
    let mut left = statements();
    assert!(left.len() > 50, "the code of doctor was not found");
    let rows = ROWS.iter().map(|Row(level, check, part, _, _)| (*level, *check, *part));
    for (level, check, part) in rows.chain(NOT_INJECTED) {
        let is_this = |found: &Statement| found.level == level && found.check == check && found.text.contains(part);
        let at = left.iter().position(is_this);
        let at = at.unwrap_or_else(|| panic!("the code has no {level} of {check} with '{part}'; remove the row"));
        left.remove(at);
    }
    assert!(left.is_empty(), "these findings have no row, and so no test: {left:#?}");
    let tests = files(&workspace().join("tests/it/command"), "").concat();
    for Row(level, check, _, name, said) in ROWS {
        let body = tests.split(&format!("\nfn {name}() {{")).nth(1);
        let body = body.unwrap_or_else(|| panic!("{level} {check}: no test {name}"));
        let body = body.split("\n}\n").next().unwrap();
        assert!(body.contains(said), "{level} {check}: the test {name} does not expect '{said}'");
    }
}

#[test]
fn the_document_names_every_check_of_doctor() {
    let page = std::fs::read_to_string(workspace().join("docs/init-and-doctor.md")).unwrap();
    let (_, table) = page.split_once("| check | a fault or warning if |").unwrap();
    let named: Vec<&str> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
        .flat_map(|cell| cell.split(", "))
        .collect();
    for found in statements() {
        assert!(
            named.contains(&found.check.as_str()),
            "docs/init-and-doctor.md does not name '{}'",
            found.check
        );
    }
}
