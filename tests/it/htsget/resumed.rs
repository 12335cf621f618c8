//! Downloads that take longer than their URL is valid.

use std::io::Read as _;
use std::time::{Duration, Instant};

use gemj_demo::Persona;
use gemj_tests::big_file::{load_big_file, region_of_big};
use gemj_tests::htsget_client::record_urls;
use gemj_tests::postgres::PostgresDatabase;
use gemj_tests::{Backend, Client, Programme, Reply};

const PERSON: &str = "BIG-01";
const FILE_BYTES: usize = 24 * 1024 * 1024;

/// The lifetime of a URL in seconds. The tests begin their downloads within this time and end them later.
const LIFETIME_S: u32 = 3;

fn programme(resume_s: u32, backend: Backend<'_>) -> Programme {
    let programme = Programme::new(backend);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let line = "\nlifetime_s = 600\n";
    assert_eq!(text.matches(line).count(), 1);
    let lines = format!("\nlifetime_s = {LIFETIME_S}\nresume_s = {resume_s}\n");
    std::fs::write(programme.config(), text.replace(line, &lines)).unwrap();
    programme
}

/// Three URLs: the whole file by DRS, the whole file by htsget, and a region by htsget.
fn urls(client: &Client, token: &str, id: &str) -> [String; 3] {
    let get = |path: &str| client.get(path, Some(token)).expect(200).json();
    let bytes = get(&format!("/ga4gh/drs/v1/objects/{id}/access/https"))["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let whole = record_urls(&get(&format!("/htsget/variants/{id}"))).remove(0);
    let region = record_urls(&get(&region_of_big(id))).remove(0);
    [bytes, whole, region]
}

/// Reads the beginning of an answer. The caller of the function reads the rest later.
fn begun(client: &Client, url: &str) -> (Vec<u8>, ureq::Body) {
    let mut body = ureq::get(client.url(url)).call().unwrap().into_body();
    let mut read = vec![0; 2 * 1024 * 1024];
    body.as_reader().read_exact(&mut read).unwrap();
    (read, body)
}

fn wait_for_the_end(client: &Client, url: &str) {
    let begun = Instant::now();
    while client.send("HEAD", url, &[], None).status == 200 {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "a URL with a lifetime of {LIFETIME_S} s does not expire"
        );
    }
}

fn range(client: &Client, url: &str, range: &str) -> Reply {
    client.send("GET", url, &[("Range", range)], None)
}

#[test]
fn a_download_that_began_in_time_continues_and_can_be_resumed_after_its_url_expires() {
    // Two servers of one installation need PostgreSQL.
    let Some(database) = PostgresDatabase::create() else { return };
    let programme = programme(86_400, Backend::Postgres(&database.url));
    let path = load_big_file(&programme, PERSON, FILE_BYTES);
    let file = std::fs::read(path).unwrap();
    let (served, replica) = (programme.serve(), programme.serve_with(&programme.replica(), None));
    let (client, other) = (&served.client, &replica.client);
    let (token, id) = (programme.passport(Persona::DomesticAcademic), programme.object_of(PERSON, "VCF"));
    let used = urls(client, &token, &id);
    let streams = used.each_ref().map(|url| begun(client, url));
    let unused = urls(client, &token, &id);
    for url in &unused {
        wait_for_the_end(client, url);
    }
    let [bytes, whole, region] = streams.map(|(mut read, body)| {
        body.into_with_config().limit(u64::MAX).reader().read_to_end(&mut read).unwrap();
        read
    });
    assert!(bytes == file && whole == file, "a stream that began in time is complete");

    let on = |client: &Client, url: &str| url.replace(&served.client.base, &client.base);
    for (url, content) in used.iter().zip([&file, &file, &region]) {
        for client in [client, other] {
            let url = on(client, url);
            let part = range(client, &url, "bytes=1500000-1600000").expect(206);
            assert!(part.body == content[1_500_000..=1_600_000]);
            let last = range(client, &url, "bytes=-100").expect(206);
            assert!(content.ends_with(&last.body));
            assert_eq!(client.get(&url, None).status, 403, "the whole file requires a new URL");
            let changed = client.send("GET", &url, &[("Range", "bytes=0-9"), ("If-Range", "\"another\"")], None);
            assert_eq!(changed.status, 403, "a range with an old entity tag is refused");
        }
    }
    for url in &unused {
        assert_eq!(
            range(client, url, "bytes=1500000-").status,
            403,
            "a download that did not begin in time is not resumed"
        );
    }
    let _ = programme.run(&["consent", "withdraw", PERSON]).good();
    for url in &used {
        for client in [client, other] {
            let reply = range(client, &on(client, url), "bytes=1500000-1600000");
            assert!(matches!(reply.status, 403 | 404), "{}", reply.status);
        }
    }
}

#[test]
fn a_download_is_not_resumed_if_the_configuration_forbids_it() {
    let programme = programme(0, Backend::Embedded);
    let _ = load_big_file(&programme, PERSON, FILE_BYTES);
    let served = programme.serve();
    let (token, id) = (programme.passport(Persona::DomesticAcademic), programme.object_of(PERSON, "VCF"));
    for way in 0..3 {
        let url = &urls(&served.client, &token, &id)[way];
        drop(begun(&served.client, url));
        wait_for_the_end(&served.client, url);
        assert_eq!(range(&served.client, url, "bytes=1500000-").status, 403);
    }
}
