//! Stored files and indexes are truncated, altered or deleted while the gateway serves them. The answer must then be an error before the first byte,
//! or a broken connection. The gateway must never return a readable file with other content.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use gemj_demo::Persona;
use gemj_tests::htsget_client::{Block, fetch_block};
use gemj_tests::oracle::{bcftools, samtools};
use gemj_tests::random::Random;
use gemj_tests::{Backend, Client, GatewayProcess, Programme};

use super::made::made;

/// An installation with one file of one participant.
struct World {
    programme: Programme,
    token: String,
    /// The path of the ticket requests for the file.
    path: String,
    format: &'static str,
    /// The paths of the stored file and of its stored index.
    stored: PathBuf,
    index: PathBuf,
    bytes: Vec<u8>,
    index_bytes: Vec<u8>,
}

impl World {
    fn of(file: &Path, format: &'static str) -> Self {
        let programme = Programme::new(Backend::Embedded);
        let sheet = format!(
            "dataset,participant,specimen,family,sex,assembly,path\ncancer,ONE,ONE-S,,unknown,GRCh38,{}\n",
            file.display()
        );
        let _ = programme.load(&sheet).good();
        programme.everybody_agrees(["ONE"]);
        let (bytes, kind) = (
            std::fs::read(file).unwrap(),
            if matches!(format, "BAM" | "CRAM") { "reads" } else { "variants" },
        );
        let files: Vec<PathBuf> = programme.stored_files().into_iter().map(|(path, _)| path).collect();
        let stored = files.iter().find(|path| std::fs::read(path).unwrap() == bytes).unwrap().clone();
        let indexes: Vec<&PathBuf> = files
            .iter()
            .filter(|path| path.starts_with(programme.path("objects/index")))
            .collect();
        let [index] = indexes.as_slice() else { panic!("{files:?}") };
        Self {
            token: programme.passport(Persona::DomesticAcademic),
            path: format!("/htsget/{kind}/{}?format={format}", programme.object_of("ONE", format)),
            format,
            stored,
            index_bytes: std::fs::read(index).unwrap(),
            index: (*index).clone(),
            bytes,
            programme,
        }
    }

    fn questions(&self) -> Vec<String> {
        [
            "",
            "&class=header",
            "&referenceName=synth1&start=100000&end=180000",
            "&referenceName=synth1",
            "&referenceName=synth1&start=0&end=1",
        ]
        .iter()
        .map(|query| format!("{}{query}", self.path))
        .collect()
    }

    /// The text of a file, as the reference program of its format prints it. `None` if the program cannot read the file.
    fn read(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let (program, arguments) = match self.format {
            "BAM" | "CRAM" => ("samtools", vec!["view", "-h", "--no-PG", "-"]),
            _ => ("bcftools", vec!["view", "--no-version", "-"]),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("served");
        std::fs::write(&path, bytes).unwrap();
        let input = std::fs::File::open(&path).unwrap();
        let output = Command::new(program)
            .args(arguments)
            .stdin(input)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
        // An absent end marker causes only a warning of the program, and header blocks have no end marker.
        let faulty = !output.status.success() || said.contains("error") || said.contains("truncated") || said.contains("corrupt");
        (!faulty).then_some(output.stdout)
    }

    /// Sends every request to a gateway with damaged data. A complete answer must equal the answer before the damage. If `may_be_unreadable` is true,
    /// a complete answer may also be a file that a reader rejects.
    fn holds(&self, served: &GatewayProcess, what: &str, before: &[Vec<u8>], may_be_unreadable: bool) {
        for (question, good) in self.questions().iter().zip(before) {
            match self.ask(&served.client, question) {
                Answer::Refused => {}
                Answer::Whole(bytes) if bytes == *good => {}
                Answer::Whole(bytes) => match self.read(&bytes) {
                    None => assert!(may_be_unreadable, "{what}: {question}: {} bytes that cannot be read", bytes.len()),
                    Some(read) => assert!(
                        Some(read) == self.read(good),
                        "{what}: {question}: a file of {} bytes that is readable but differs",
                        bytes.len()
                    ),
                },
            }
        }
        assert_eq!(served.client.get("/readyz", None).status, 200, "{what}");
        let log = served.log();
        assert!(!log.contains("panicked"), "{what}: {log}");
    }

    /// Requests a ticket and fetches its blocks until one fails.
    fn ask(&self, client: &Client, question: &str) -> Answer {
        let reply = client.get(question, Some(&self.token));
        if reply.status != 200 {
            self.is_an_error(question, &reply);
            return Answer::Refused;
        }
        let mut bytes = Vec::new();
        for block in reply.json()["htsget"]["urls"].as_array().unwrap() {
            match fetch_block(client, block) {
                Block::Inline(data) => bytes.extend(data),
                Block::Fetched(reply) if reply.cut => return Answer::Refused,
                Block::Fetched(reply) if reply.status == 200 => bytes.extend(reply.body),
                Block::Fetched(reply) => {
                    self.is_an_error(question, &reply);
                    return Answer::Refused;
                }
            }
        }
        Answer::Whole(bytes)
    }

    /// Asserts that the answer about damaged data is a server error and not "not found", without internal details.
    fn is_an_error(&self, question: &str, reply: &gemj_tests::Reply) {
        assert!(matches!(reply.status, 500 | 503), "{question}: {}: {}", reply.status, reply.text());
        let text = reply.text();
        assert_eq!(reply.json()["htsget"]["error"], "InternalServerError", "{text}");
        let key = self.stored.file_name().unwrap().to_str().unwrap();
        for inside in [key, "os error", "/tmp", "panicked", "index", "ONE"] {
            assert!(!text.contains(inside), "{question}: {text}");
        }
    }

    fn whole(&self, served: &GatewayProcess) -> Vec<Vec<u8>> {
        let one = |question: &String| match self.ask(&served.client, question) {
            Answer::Whole(bytes) => bytes,
            Answer::Refused => panic!("{question} is refused"),
        };
        self.questions().iter().map(one).collect()
    }
}

enum Answer {
    /// All blocks of the ticket, concatenated. Every block was complete.
    Whole(Vec<u8>),
    /// The gateway answered with an error, or the connection broke.
    Refused,
}

/// Damaged copies of some bytes, each with a description; `None` stands for a deleted file. The flag states whether a complete answer may be
/// unreadable, because a reader detects this damage.
fn damages(word: &str, bytes: &[u8], other: &[u8]) -> Vec<(String, Option<Vec<u8>>, bool)> {
    let mut random = Random::of(word);
    let mut damages = vec![
        ("gone".to_owned(), None, false),
        ("empty".to_owned(), Some(Vec::new()), false),
        ("another file".to_owned(), Some(other.to_vec()), true),
        ("zeros".to_owned(), Some(vec![0; bytes.len()]), true),
        ("twice".to_owned(), Some([bytes, bytes].concat()), true),
    ];
    let length = bytes.len() as u64;
    for cut in [1, 20, length / 4, length / 2, length - 29, length - 28, length - 1] {
        let kept = usize::try_from(cut.min(length - 1)).unwrap();
        damages.push((format!("cut at {kept}"), Some(bytes[..kept].to_vec()), false));
    }
    for _ in 0..6 {
        let at = usize::try_from(random.below(length)).unwrap();
        let mut flipped = bytes.to_vec();
        flipped[at] ^= 1 << random.below(8);
        damages.push((format!("flipped at {at}"), Some(flipped), true));
    }
    damages
}

fn put(path: &Path, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => std::fs::write(path, bytes).unwrap(),
        None => std::fs::remove_file(path).unwrap(),
    }
}

fn survives_damage(file: &Path, format: &'static str) {
    let world = World::of(file, format);
    let served = world.programme.serve();
    let before = world.whole(&served);
    // In this round, the gateway has cached the header and the index before the data changes.
    for (what, damaged, tells) in damages("data", &world.bytes, &world.index_bytes) {
        put(&world.stored, damaged.as_deref());
        world.holds(&served, &format!("{format} {what}, known before"), &before, tells);
        put(&world.stored, Some(&world.bytes));
    }
    assert!(
        world.whole(&served) == before,
        "after all damages are undone, the file is served as before"
    );
    drop(served);
    // In this round, a new gateway reads the damaged data and has nothing cached.
    for (number, (what, damaged, tells)) in damages("data", &world.bytes, &world.index_bytes).into_iter().enumerate() {
        // A new gateway is started only for every third damage, because the others are similar to those of the round before.
        if number % 3 == 0 {
            let served = world.programme.serve();
            put(&world.stored, damaged.as_deref());
            world.holds(&served, &format!("{format} {what}"), &before, tells);
            put(&world.stored, Some(&world.bytes));
        }
    }
    for (what, damaged, _) in damages("index", &world.index_bytes, &world.bytes) {
        // An index has no checksum, so an altered index that lists fewer records cannot be detected. The gateway must only not crash.
        let altered = what.starts_with("flipped") || what == "twice";
        let served = world.programme.serve();
        put(&world.index, damaged.as_deref());
        if altered {
            for question in world.questions() {
                let _ = world.ask(&served.client, &question);
            }
            assert!(!served.log().contains("panicked"), "{format} index {what}: {}", served.log());
            assert_eq!(served.client.get("/readyz", None).status, 200);
        } else {
            world.holds(&served, &format!("{format} index {what}"), &before, false);
        }
        put(&world.index, Some(&world.index_bytes));
    }
}

#[test]
fn a_damaged_vcf_gives_an_error_and_never_a_different_file() {
    survives_damage(&made().variants("bgzip", 1).path, "VCF");
}

#[test]
fn a_damaged_bcf_gives_an_error_and_never_a_different_file() {
    survives_damage(&made().variants("bcf", 1).path, "BCF");
}

#[test]
fn empty_files_and_indexes_older_than_their_data_are_not_loaded() {
    let programme = Programme::new(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    let header = "dataset,participant,specimen,family,sex,assembly,path,index_path\n";
    let refused = |path: &Path, index: &str, reason: &str| {
        let row = format!("cancer,ONE,ONE-S,,unknown,GRCh38,{},{index}\n", path.display());
        let ran = programme.load(&format!("{header}{row}")).refused();
        assert!(
            ran.err.contains("line 2: ") && ran.err.contains(reason),
            "{}: {}",
            path.display(),
            ran.err
        );
        assert!(programme.objects(&[]).is_empty());
        assert!(programme.stored_files().is_empty(), "a part of a refused file is stored");
    };
    for name in ["a.bam", "a.cram", "a.vcf.gz", "a.bcf"] {
        let path = folder.path().join(name);
        std::fs::write(&path, b"").unwrap();
        refused(&path, "", "empty");
    }
    let made = made();
    for (file, name, extension) in [
        (&made.reads("giant").path, "b.bam", "csi"),
        (&made.reads("multi-slice").path, "b.cram", "crai"),
        (&made.variants("bgzip", 1).path, "b.vcf.gz", "csi"),
        (&made.variants("bcf", 1).path, "b.bcf", "csi"),
    ] {
        let path = folder.path().join(name);
        std::fs::copy(file, &path).unwrap();
        let text = path.to_str().unwrap();
        match extension {
            "csi" if name.ends_with("bam") => samtools(["index", "-c", text]),
            "crai" => samtools(["index", text]),
            _ => bcftools(["index", "-c", text]),
        };
        let index = format!("{text}.{extension}");
        let handle = std::fs::File::options().write(true).open(&index).unwrap();
        handle.set_modified(SystemTime::now() - Duration::from_secs(86_400)).unwrap();
        refused(&path, &index, "older");
        std::fs::write(&index, b"").unwrap();
        refused(&path, &index, "index");
        std::fs::remove_file(&index).unwrap();
        refused(&path, &index, "cannot be read");
    }
}
