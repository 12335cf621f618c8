//! Terms of a loaded ontology that its release does not contain. `ingest` prints them, `/filtering_terms` lists them, and queries by them are
//! answered.

use gemj_demo::Persona;
use gemj_tests::Backend;

use crate::small::loaded;

const RELEASE: &str = "format-version: 1.2\ndata-version: hp/2026-01-01\nontology: hp\n\n\
    [Term]\nid: HP:0000118\nname: Phenotypic abnormality\n\n\
    [Term]\nid: HP:0000707\nname: Abnormality of the nervous system\nis_a: HP:0000118\n";

#[test]
fn a_stored_term_that_its_release_lacks_is_printed_listed_and_answered() {
    let programme = loaded(Backend::Embedded);
    let file = programme.path("small.obo");
    std::fs::write(&file, RELEASE).unwrap();
    let said = programme.run(&["ontology", "load", file.to_str().unwrap()]).good();
    assert!(said.out.contains("1 terms are in no loaded release"), "{}", said.out);
    assert!(said.out.contains("not in the release: HP:0001250"), "{}", said.out);
    assert!(!said.out.contains("TST-"), "no participant is named: {}", said.out);

    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let ask = |path: &str, token: Option<&str>| served.client.get(&format!("/beacon/{path}"), token);
    let listed = |token: Option<&str>| ask("filtering_terms", token).expect(200).text().contains("HP:0001250");
    assert!(
        listed(Some(&token)) && !listed(None),
        "six participants are enough for a project but not for the public"
    );
    let found = ask("individuals?filters=HP:0001250&requestedGranularity=count", Some(&token))
        .expect(200)
        .json();
    assert!(found["responseSummary"]["numTotalResults"].as_u64().unwrap() > 0, "{found:#}");
    assert_eq!(found["info"]["termsInNoLoadedRelease"], serde_json::json!(["HP:0001250"]));
    let below = ask("individuals?filters=HP:0000118&requestedGranularity=count", Some(&token))
        .expect(200)
        .json();
    assert!(below["responseSummary"]["exists"] == true, "{below:#}");
    // A public query by a term that few participants have gets the same answer as one by a term that no participant has.
    let (few, nobody) = (
        ask("individuals?filters=HP:0001250", None),
        ask("individuals?filters=HP:7777777", None),
    );
    assert_eq!((few.status, nobody.status), (400, 400));
    assert_eq!(few.text().replace("HP:0001250", "HP:7777777"), nobody.text());
    assert_eq!(ask("individuals?filters=HP:7777777", Some(&token)).status, 400);
}
