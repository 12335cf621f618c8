//! A reload that removes an issuer, or a part of the trust in it, ends the answers in progress that rest on this trust.

use gemj_demo::Persona;
use gemj_tests::big_file::load_big_file;
use gemj_tests::{Backend, Programme};

use super::banned::{FILE_BYTES, PERSON, begin_all};

/// The tables of a TOML text: each begins with its header line.
fn tables(text: &str) -> Vec<String> {
    let mut tables = vec![String::new()];
    for line in text.lines() {
        if line.starts_with('[') {
            tables.push(String::new());
        }
        let table = tables.last_mut().unwrap();
        table.push_str(line);
        table.push('\n');
    }
    tables
}

/// A configuration without one issuer, its rules about visas, and the roles that it proves.
pub(crate) fn without_issuer(text: &str, issuer: &str) -> String {
    let named = format!("issuer = \"{issuer}\"");
    let mut inside = false;
    let kept = tables(text).into_iter().filter(|table| {
        let is_named = table.lines().any(|line| line == named);
        let header = table.lines().next().unwrap_or_default();
        inside = match header {
            "[[authentication.issuer]]" | "[[authentication.role]]" => is_named,
            _ => inside && header.starts_with("[[authentication.issuer."),
        };
        !inside
    });
    let changed: String = kept.collect();
    assert_ne!(changed, text, "no entry of {issuer}");
    changed
}

/// A configuration without the rules about visas of one type.
pub(crate) fn without_rule(text: &str, visa_type: &str) -> String {
    let named = format!("type = \"{visa_type}\"");
    let is_rule = |table: &String| table.starts_with("[[authentication.issuer.visa]]") && table.lines().any(|line| line == named);
    let changed: String = tables(text).into_iter().filter(|table| !is_rule(table)).collect();
    assert_ne!(changed, text, "no rule about {visa_type}");
    changed
}

/// The configurations that end the rights of a research caller of the demo's issuers, each with its description.
pub(crate) fn narrowed(programme: &Programme, text: &str) -> Vec<(&'static str, String)> {
    let broker = programme.broker();
    vec![
        ("without the visa issuer", without_issuer(text, &broker.visa_issuer())),
        ("without the broker", without_issuer(text, broker.passport_issuer())),
        ("without the rule about grants", without_rule(text, "ControlledAccessGrants")),
        (
            "without passports in the header",
            text.replace("bearer = [\"passport\", \"access-token\"]", "bearer = [\"access-token\"]"),
        ),
        (
            "without the kind broker",
            text.replace("kinds = [\"broker\", \"access-token\"]", "kinds = [\"access-token\"]")
                .replace("bearer = [\"passport\", \"access-token\"]", "bearer = [\"access-token\"]"),
        ),
        (
            "only with visas of the holder",
            text.replace("clock_leeway_s = 30\n", "clock_leeway_s = 30\nvisas_of_holder_only = true\n"),
        ),
    ]
}

/// Changes that take nothing from the caller: a rule about another type of visa is gone, and a new issuer is trusted.
fn harmless(text: &str) -> String {
    let issuer =
        "\n[[authentication.issuer]]\nissuer = \"https://new.example\"\nkinds = [\"visa-issuer\"]\njku = [\"https://new.example/jwks\"]\n";
    format!("{}{issuer}", without_rule(text, "ResearcherStatus"))
}

#[test]
fn a_reload_that_removes_trust_resets_the_running_streams_that_rest_on_it_and_no_others() {
    let programme = Programme::new(Backend::Embedded);
    let _ = load_big_file(&programme, PERSON, FILE_BYTES);
    let served = programme.serve();
    let id = programme.object_of(PERSON, "VCF");
    let token = programme.passport(Persona::DomesticAcademic);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let reload = |changed: &str| {
        std::fs::write(programme.config(), changed).unwrap();
        let _ = programme.run(&["reload"]).good();
    };
    let streams = begin_all(&served.client, &token, &id);
    reload(&harmless(&text));
    for stream in streams {
        let (what, came, whole) = stream.end();
        assert!(whole, "{what} was reset after {came} bytes, although its trust is unchanged");
    }
    reload(&text);
    for (change, narrowed) in narrowed(&programme, &text) {
        assert_ne!(narrowed, text, "{change}");
        let streams = begin_all(&served.client, &token, &id);
        reload(&narrowed);
        for stream in streams {
            let (what, came, whole) = stream.end();
            assert!(!whole && came < FILE_BYTES, "{change}: {what}: {came} bytes, complete: {whole}");
        }
        reload(&text);
    }
}
