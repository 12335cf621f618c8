//! `config check` names every fault with its line, faults of meaning too.

use gemj_tests::programme::run_gateway;

/// The faults of a configuration, as pairs of line and text.
fn faults(text: &str) -> Vec<(usize, String)> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.toml");
    std::fs::write(&file, text).unwrap();
    let ran = run_gateway(["config", "check", file.to_str().unwrap()]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    let prefix = format!("{}: line ", file.display());
    let numbered = ran.err.lines().filter_map(|line| line.strip_prefix(&prefix)?.split_once(": "));
    numbered.map(|(line, text)| (line.parse().unwrap(), text.to_owned())).collect()
}

fn default() -> String {
    run_gateway(["config", "default"]).good().out
}

/// The line of a text, from 1, found without any TOML reader.
fn line_of(text: &str, part: &str) -> usize {
    let found: Vec<usize> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.contains(part))
        .map(|(at, _)| at + 1)
        .collect();
    let [line] = found.as_slice() else {
        panic!("'{part}' is in {} lines", found.len())
    };
    *line
}

#[test]
fn all_faults_of_one_file_are_named_at_once_with_their_lines() {
    let text = default()
        .replace("workers = 2", "workers = \"two\"")
        .replace("max_connections = 8", "max_connections = 0")
        .replace("lifetime_s = 600", "lifetime_s = 7200")
        .replace("public_k = 10", "public_k = 2\ncolour = \"blue\"")
        .replace("hidden_status = 404", "hidden_status = 200")
        .replace("name = \"Genome programme gateway\"\n", "")
        + "\n[[datasets]]\nid = \"cancer\"\nname = \"Cancer\"\ndata_use = [\"GRU\"]\n\
           \n[[cohorts]]\nid = \"all\"\nname = \"All\"\ntype = \"study-defined\"\ndatasets = [\"cancr\"]\n\
           \n[[authentication.issuer]]\nissuer = \"https://dac.example\"\nkinds = [\"visa-issuer\"]\n\
           \n[[authentication.role]]\nissuer = \"https://login.example\"\nsubject = \"1\"\nrole = \"steward\"\nexpires = \"2099-01-01\"\n\
           \n[[federation.partner]]\nid = \"p\"\nname = \"P\"\norganization_name = \"P\"\norganization_url = \"https://p.example\"\n\
           beacon_url = \"http://p.example/beacon\"\n";
    let found = faults(&text);
    let expected = [
        ("workers = \"two\"", "workers"),
        ("max_connections = 0", "max_connections"),
        ("lifetime_s = 7200", "capabilities.lifetime_s"),
        ("public_k = 2", "privacy.public_k"),
        ("colour = \"blue\"", "colour"),
        ("hidden_status = 200", "policy.hidden_status"),
        ("[service]", "missing field `name`"),
        ("data_use = [\"GRU\"]", "'GRU'"),
        ("id = \"all\"", "'cancr' is not configured"),
        (
            "issuer = \"https://dac.example\"",
            "a visa-issuer needs `jku`, `jwks_file` or `visa_access_tokens`",
        ),
        ("issuer = \"https://login.example\"", "needs a configured `issuer`"),
        ("beacon_url = \"http://p.example/beacon\"", "beacon_url: https is expected"),
    ];
    for (part, said) in expected {
        let line = line_of(&text, part);
        // An entry of a list may be named by the line of its header, which is the line before its first key.
        let is_named = found
            .iter()
            .any(|(at, text)| (*at == line || *at + 1 == line) && text.contains(said));
        assert!(is_named, "line {line}: {said}: {found:#?}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    assert!(found.is_sorted_by_key(|(line, _)| *line), "{found:#?}");
}

/// The default configuration with another value of one key.
fn with_value(key: &str, value: &str) -> String {
    let text = default();
    let start = format!("{key} = ");
    let (changed, count) = text.lines().fold((String::new(), 0), |(mut all, count), line| {
        let is_key = line.starts_with(&start);
        all.push_str(&if is_key { format!("{start}\"{value}\"") } else { line.to_owned() });
        all.push('\n');
        (all, count + usize::from(is_key))
    });
    assert_eq!(count, 1, "{key}");
    changed
}

#[test]
fn a_public_url_that_cannot_work_is_named() {
    for url in [
        "https://user:geheim@gateway.example",
        "https://user@gateway.example",
        "https://gateway.example?x=1",
        "https://gateway.example/#part",
    ] {
        let text = with_value("public_url", url);
        let found = faults(&text);
        let line = line_of(&text, "public_url = ");
        let is_named = found
            .iter()
            .any(|(at, said)| *at == line && said.contains("no user, password, query or fragment"));
        assert!(is_named, "{url}: {found:#?}");
        assert!(found.iter().all(|(_, said)| !said.contains("geheim")), "{found:#?}");
    }
    for (url, is_warned) in [
        ("http://gateway.example", true),
        ("http://192.0.2.1:8080", true),
        ("http://127.0.0.1:8080", false),
        ("http://localhost:8080", false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("gateway.toml");
        std::fs::write(&file, with_value("public_url", url)).unwrap();
        let ran = run_gateway(["config", "check", file.to_str().unwrap()]).good();
        assert_eq!(
            ran.err.contains("server.public_url is http and not on this machine"),
            is_warned,
            "{url}: {}",
            ran.err
        );
    }
}

#[test]
fn a_contact_that_is_no_url_is_named() {
    for contact in ["ops@example.com", "example.com", ""] {
        let text = default().replacen("[service]\n", &format!("[service]\ncontact_url = \"{contact}\"\n"), 1);
        let text: String = text
            .lines()
            .filter(|line| !line.starts_with("contact_url = \"mailto:"))
            .map(|line| format!("{line}\n"))
            .collect();
        let found = faults(&text);
        assert!(
            found
                .iter()
                .any(|(_, said)| said.contains("service.contact_url: a URL is expected")),
            "{contact}: {found:#?}"
        );
    }
}

#[test]
fn a_missing_file_of_a_setting_is_named_with_its_line() {
    let text = default()
        .replace("# r4_schema =", "r4_schema =")
        .replace("# reference_fasta =", "reference_fasta =")
        + "\n[[authentication.client]]\nclient_id = \"ehr\"\njwks_file = \"absent.json\"\nrole = \"hospital-system\"\nscope = \"a\"\n\
           scopes = [\"system/Patient.rs\"]\nexpires = \"2099-01-01\"\n";
    let found = faults(&text);
    for part in ["r4_schema = \"", "reference_fasta = \"", "jwks_file = \"absent.json\""] {
        let line = line_of(&text, part);
        assert!(
            found.iter().any(|(at, text)| *at == line && text.contains("does not exist")),
            "{part}: {found:#?}"
        );
    }
}

#[test]
fn a_missing_section_and_a_misspelt_section_are_named() {
    let text = default().replace("[database]", "[databse]");
    let found = faults(&text);
    let line = line_of(&text, "[databse]");
    assert!(
        found
            .iter()
            .any(|(at, text)| *at == line && text.contains("unknown field `databse`")),
        "{found:#?}"
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.toml");
    std::fs::write(&file, "").unwrap();
    let ran = run_gateway(["config", "check", file.to_str().unwrap()]);
    for section in ["[server]", "[service]", "[database]", "[objects]", "[capabilities]"] {
        assert!(
            ran.err.contains(&format!("the section {section} is missing")),
            "{section}: {}",
            ran.err
        );
    }
}

#[test]
fn the_faults_behind_a_fault_that_only_follows_are_not_named() {
    // The dataset cannot be read. That the cohort's dataset is then unknown is no fault of its own.
    let text = default()
        + "\n[[datasets]]\nid = \"cancer\"\nnam = \"Cancer\"\ndata_use = [\"DUO:0000042\"]\n\
           \n[[cohorts]]\nid = \"all\"\nname = \"All\"\ntype = \"study-defined\"\ndatasets = [\"cancer\"]\n";
    let found = faults(&text);
    assert!(found.iter().all(|(_, text)| !text.contains("is not configured")), "{found:#?}");
    assert!(found.iter().any(|(_, text)| text.contains("`nam`")), "{found:#?}");
}
