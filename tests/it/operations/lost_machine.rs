//! A programme on a machine that is lost, and the machine on which it is restored.

use std::path::{Path, PathBuf};

use gemj_demo::Persona;
use gemj_tests::gateway_process::Start;
use gemj_tests::htsget_client::slice;
use gemj_tests::programme::{private, run_gateway};
use gemj_tests::small_data::{PEOPLE, SHARED_VARIANT, everybody, feeds, person, private_variant, sheet};
use gemj_tests::{Backend, Client, GatewayProcess, Programme, Ran};

pub(super) const PASSPHRASE: &str = "correct horse battery staple";

/// The participants with a number up to this one are enrolled at hospital A, the others at hospital B.
pub(super) const OF_A: usize = 8;

/// The hospital of a participant.
pub(super) fn site_of(number: usize) -> &'static str {
    if number <= OF_A { "hospital-a" } else { "hospital-b" }
}

/// The small programme, whose participants are enrolled at two hospitals. Their patient numbers are linked, and all consents are recorded.
pub(super) fn programme(backend: Backend<'_>) -> Programme {
    let programme = Programme::new(backend);
    let text = sheet();
    let mut lines = text.lines();
    let mut rows = format!("{},site\n", lines.next().unwrap());
    for line in lines {
        let number = (1..=PEOPLE).find(|n| line.starts_with(&format!("cancer,{},", person(*n))));
        rows += &format!("{line},{}\n", number.map_or("", site_of));
    }
    let _ = programme.load(&rows).good();
    let _ = programme.ingest_packets("cancer", &feeds().join("packets")).good();
    programme.everybody_agrees(everybody().iter().map(String::as_str));
    let _ = programme.run(&["link", "--register", links(&programme).to_str().unwrap()]).good();
    private(&programme.path("passphrase"), &format!("{PASSPHRASE}\n"));
    programme
}

/// The sheet of the hospitals' patient numbers.
pub(super) fn links(programme: &Programme) -> PathBuf {
    let path = programme.path("links.csv");
    let rows: String = (1..=PEOPLE)
        .map(|n| format!("{0},{0},{1:08},{2}\n", site_of(n), 4000 + n, person(n)))
        .collect();
    std::fs::write(&path, format!("site,namespace,number,participant\n{rows}")).unwrap();
    path
}

/// Makes a back-up of a programme.
pub(super) fn back_up(programme: &Programme, to: &Path, further: &[&str]) -> Ran {
    let passphrase = programme.path("passphrase");
    let fixed = [
        "backup",
        "--to",
        to.to_str().unwrap(),
        "--passphrase-file",
        passphrase.to_str().unwrap(),
    ];
    programme.run(&[&fixed[..], further].concat())
}

/// The ids of stored files, so that answers can be requested after the machine is lost.
pub(super) struct Ids {
    objects: Vec<String>,
    bam: String,
    vcf: String,
}

impl Ids {
    pub(super) fn of(programme: &Programme) -> Self {
        let mut objects: Vec<String> = programme
            .objects(&[])
            .iter()
            .map(|o| o["id"].as_str().unwrap().to_owned())
            .collect();
        objects.sort();
        Self {
            objects,
            bam: programme.object_of(&person(1), "BAM"),
            vcf: programme.object_of(&person(6), "VCF"),
        }
    }
}

/// The answers of a gateway, byte by byte: Beacon with counts, records with pseudonyms, and the public tier; DRS; and slices of htsget.
pub(super) fn answers(client: &Client, token: &str, ids: &Ids) -> Vec<(String, u16, Vec<u8>)> {
    let mut paths: Vec<String> = vec![
        format!("/beacon/individuals?{SHARED_VARIANT}&requestedGranularity=count"),
        "/beacon/individuals?requestedGranularity=record".to_owned(),
        "/beacon/filtering_terms".to_owned(),
    ];
    paths.extend((1..=PEOPLE).map(|n| format!("/beacon/individuals?{}&requestedGranularity=count", private_variant(n))));
    paths.extend(ids.objects.iter().map(|id| format!("/ga4gh/drs/v1/objects/{id}")));
    let mut answers: Vec<_> = paths
        .into_iter()
        .map(|path| {
            let reply = client.get(&path, Some(token));
            // The body of a refusal contains the random id of its decision.
            let body = if reply.status == 200 { reply.body } else { Vec::new() };
            (path, reply.status, body)
        })
        .collect();
    let public = client.get(&format!("/beacon/g_variants?{SHARED_VARIANT}"), None);
    answers.push(("public".to_owned(), public.status, public.body));
    for path in [
        format!("/htsget/reads/{}?referenceName=chr1&start=0&end=2000", ids.bam),
        format!("/htsget/variants/{}", ids.vcf),
    ] {
        let bytes = slice(client, &path, token);
        answers.push((path, 200, bytes));
    }
    answers
}

/// Asserts that two lists of answers are equal, and names the first difference.
pub(super) fn assert_same(before: &[(String, u16, Vec<u8>)], after: &[(String, u16, Vec<u8>)]) {
    assert_eq!(before.len(), after.len());
    for ((path, status, body), (_, status_after, body_after)) in before.iter().zip(after) {
        let (text, text_after) = (String::from_utf8_lossy(body), String::from_utf8_lossy(body_after));
        assert_eq!((status, &text), (status_after, &text_after), "{path}");
    }
    assert!(
        before.iter().filter(|(_, status, _)| *status == 200).count() > 20,
        "most answers contain data"
    );
}

/// Asserts that a sealed gateway serves no protected data and no public answer about participants.
pub(super) fn assert_serves_nothing(client: &Client, token: &str, ids: &Ids) {
    for path in [
        format!("/beacon/individuals?{SHARED_VARIANT}&requestedGranularity=count"),
        format!("/ga4gh/drs/v1/objects/{}", ids.bam),
        format!("/htsget/reads/{}?referenceName=chr1&start=0&end=2000", ids.bam),
        "/access/v1/explain".to_owned(),
        "/projects".to_owned(),
    ] {
        let reply = client.get(&path, Some(token));
        assert_eq!(reply.status, 503, "{path}: {}", reply.text());
    }
    let public = client.get(&format!("/beacon/g_variants?{SHARED_VARIANT}"), None);
    assert_eq!(public.status, 503, "{}", public.text());
    let ready = client.get("/readyz", None);
    assert!(ready.status == 503 && ready.text().contains("sealed"), "{}", ready.text());
}

/// Another machine: an empty folder, and the files that were kept outside the lost machine.
pub(super) struct NewMachine {
    pub(super) folder: tempfile::TempDir,
    /// The folder with the signed heads and the ledger tail of the lost machine.
    pub(super) outside: PathBuf,
}

impl NewMachine {
    /// An empty folder beside a programme that stays in use.
    pub(super) fn beside(programme: &Programme) -> Self {
        let folder = tempfile::Builder::new().prefix("gemj-beside-").tempdir().unwrap();
        private(&folder.path().join("passphrase"), PASSPHRASE);
        let outside = programme.path("audit-checkpoints");
        Self { folder, outside }
    }

    /// Keeps only the folder of heads of a programme, and deletes every other file of the gateway.
    pub(super) fn after_loss_of(programme: &Programme) -> Self {
        let folder = tempfile::Builder::new().prefix("gemj-new-").tempdir().unwrap();
        let outside = folder.path().join("outside");
        std::fs::rename(programme.path("audit-checkpoints"), &outside).unwrap();
        for entry in std::fs::read_dir(programme.path("")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name.starts_with("gateway.") || name == "capabilities.key" {
                std::fs::remove_file(path).unwrap();
            } else if name == "objects" {
                std::fs::remove_dir_all(path).unwrap();
            }
        }
        private(&folder.path().join("passphrase"), PASSPHRASE);
        Self { folder, outside }
    }

    pub(super) fn config(&self) -> PathBuf {
        self.folder.path().join("installation/gateway.toml")
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ran {
        let config = self.config();
        run_gateway(arguments.iter().copied().chain(["--config", config.to_str().unwrap()]))
    }

    pub(super) fn restore(&self, from: &Path, further: &[&str]) -> Ran {
        let passphrase = self.folder.path().join("passphrase");
        let fixed = [
            "restore",
            "--from",
            from.to_str().unwrap(),
            "--passphrase-file",
            passphrase.to_str().unwrap(),
        ];
        self.run(&[&fixed[..], further].concat())
    }

    pub(super) fn replay(&self) -> Ran {
        self.run(&["seal", "replay", "--tail", self.outside.to_str().unwrap()])
    }

    pub(super) fn serve(&self, sealed: bool) -> GatewayProcess {
        let start = Start {
            sealed,
            ..Start::default()
        };
        GatewayProcess::serve(&self.config(), self.folder.path(), &start)
    }
}

/// The token of the researcher whose approval allows download.
pub(super) fn researcher(programme: &Programme) -> String {
    programme.passport(Persona::DomesticAcademic)
}
