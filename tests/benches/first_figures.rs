//! First figures of a serving gateway. Each figure is compared with a floor or a peer that is measured in the same run. Prints Markdown.
//!
//! The clients and the gateway share the machine's cores. The gateway's processor time per answer is therefore more meaningful than the
//! rate.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gemj_demo::Persona;
use gemj_tests::oracle::{bcftools, run};
use gemj_tests::{Backend, GatewayProcess, Programme};

const CONNECTIONS: usize = 8;
const WARM_UP: Duration = Duration::from_secs(1);

fn main() {
    let seconds: u64 = std::env::args().nth(1).map_or(5, |text| text.parse().unwrap());
    let programme = Programme::new(Backend::Embedded);
    programme.load_small_data();
    let small_joint = programme.joint_object();
    let loads = load_rates(&programme);
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let (bam, vcf, joint) = (
        programme.object_of("TST-01", "BAM"),
        programme.object_of("TST-01", "VCF"),
        small_joint,
    );
    let bench = Bench {
        served: &served,
        token: &token,
        measured: Duration::from_secs(seconds),
    };

    println!("| request | answers/s | gateway CPU per answer | against the floor | p50 | p99 |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    let floor = bench.measure(&["/healthz".to_owned()]);
    bench.print("`GET /healthz` (the floor)", &floor, &floor);
    let regions: Vec<String> = (0..200)
        .map(|n| format!("/htsget/reads/{bam}?referenceName=chr1&start={}&end={}", 900 + n, 1000 + n))
        .collect();
    bench.print("htsget reads ticket", &bench.measure(&regions), &floor);
    let regions: Vec<String> = (0..200)
        .map(|n| format!("/htsget/variants/{joint}?referenceName=chr2&start={}&end={}", 900 + n, 1000 + n))
        .collect();
    bench.print("htsget variants ticket, joint file", &bench.measure(&regions), &floor);
    bench.print("DRS object", &bench.measure(&[format!("/ga4gh/drs/v1/objects/{vcf}")]), &floor);
    let exact: Vec<String> = (0..1000)
        .map(|n| {
            let (position, reference, alternate) = site(n * 17);
            format!(
                "/beacon/g_variants?assemblyId=GRCh38&referenceName=chr3&start={}&referenceBases={reference}&alternateBases={alternate}&requestedGranularity=count",
                position - 1
            )
        })
        .collect();
    bench.print("Beacon exact query, count, g_variants", &bench.measure(&exact), &floor);
    for path in exact.iter().step_by(100) {
        let answer = served.client.get(path, Some(&token)).expect(200).json();
        assert!(
            answer["responseSummary"]["numTotalResults"].as_u64().unwrap() > 0,
            "the queried variants exist"
        );
    }
    let people: Vec<String> = exact.iter().map(|path| path.replace("g_variants", "individuals")).collect();
    bench.print("Beacon exact query, count, individuals", &bench.measure(&people), &floor);
    bench.print(
        "Beacon HPO filter, count, individuals",
        &bench.measure(&["/beacon/individuals?filters=HP:0001250&requestedGranularity=count".to_owned()]),
        &floor,
    );
    println!();
    print!("{loads}");
}

struct Bench<'a> {
    served: &'a GatewayProcess,
    token: &'a str,
    measured: Duration,
}

struct Figures {
    rate: f64,
    cpu_ms: f64,
    p50_ms: f64,
    p99_ms: f64,
}

impl Bench<'_> {
    fn print(&self, name: &str, figures: &Figures, floor: &Figures) {
        println!(
            "| {name} | {:.0} | {:.3} ms | {:.1} x | {:.2} ms | {:.2} ms |",
            figures.rate,
            figures.cpu_ms,
            figures.cpu_ms / floor.cpu_ms,
            figures.p50_ms,
            figures.p99_ms
        );
    }

    /// Sends requests for the paths in turn on every connection. Returns the rate, the gateway's processor time and the response times.
    fn measure(&self, paths: &[String]) -> Figures {
        let address = self.served.client.base.trim_start_matches("http://").to_owned();
        let requests: Vec<Vec<u8>> = paths
            .iter()
            .map(|path| {
                format!(
                    "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\r\n",
                    self.token
                )
                .into_bytes()
            })
            .collect();
        let (counted, stopped) = (AtomicBool::new(false), AtomicBool::new(false));
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..CONNECTIONS)
                .map(|worker| {
                    let (requests, address, counted, stopped) = (&requests, &address, &counted, &stopped);
                    scope.spawn(move || ask(address, requests, worker * 131, counted, stopped))
                })
                .collect();
            std::thread::sleep(WARM_UP);
            let (cpu_before, started) = (cpu_ms(self.served.pid), Instant::now());
            counted.store(true, Ordering::Relaxed);
            std::thread::sleep(self.measured);
            counted.store(false, Ordering::Relaxed);
            let (cpu, took) = (cpu_ms(self.served.pid) - cpu_before, started.elapsed());
            stopped.store(true, Ordering::Relaxed);
            let mut times: Vec<Duration> = workers.into_iter().flat_map(|w| w.join().unwrap()).collect();
            times.sort_unstable();
            let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
            Figures {
                rate: times.len() as f64 / took.as_secs_f64(),
                cpu_ms: cpu / times.len() as f64,
                p50_ms: at(0.5),
                p99_ms: at(0.99),
            }
        })
    }
}

fn ask(address: &str, requests: &[Vec<u8>], first: usize, counted: &AtomicBool, stopped: &AtomicBool) -> Vec<Duration> {
    let mut stream = BufReader::new(TcpStream::connect(address).unwrap());
    stream.get_ref().set_nodelay(true).unwrap();
    let mut times = Vec::new();
    for request in requests.iter().cycle().skip(first % requests.len()) {
        if stopped.load(Ordering::Relaxed) {
            break;
        }
        let started = Instant::now();
        stream.get_mut().write_all(request).unwrap();
        let mut length = 0;
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        loop {
            line.clear();
            stream.read_line(&mut line).unwrap();
            if line == "\r\n" {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        std::io::copy(&mut stream.by_ref().take(length), &mut std::io::sink()).unwrap();
        if counted.load(Ordering::Relaxed) {
            times.push(started.elapsed());
        }
    }
    times
}

/// The user and system time that a process has used until now, in milliseconds (proc(5): fields 14 and 15, in hundredths of a second).
fn cpu_ms(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) * 10.0
}

/// The n-th site of the synthetic files: position (1-based), reference base, alternative base.
fn site(n: usize) -> (usize, char, char) {
    let bases = ['A', 'C', 'G', 'T'];
    let reference = n * 7 % 4;
    (10_000 + n * 31, bases[reference], bases[(reference + 1 + n % 3) % 4])
}

/// Loads synthetic files and returns the rates as a Markdown table.
fn load_rates(programme: &Programme) -> String {
    let mut text = String::from(
        "| load | records | genotypes | `gemj-gateway load` | records/s | genotypes/s | `bcftools view` decoding it | ratio |\n",
    );
    text.push_str("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    for (name, samples, sites) in [("one sample", 1, 400_000), ("joint, 500 samples", 500, 20_000)] {
        let path = programme.path(&format!("bench-{samples}.vcf.gz"));
        write_synthetic(&path, samples, sites);
        let started = Instant::now();
        bcftools(["view", "-Ou", "-o", "/dev/null", path.to_str().unwrap()]);
        let peer = started.elapsed().as_secs_f64();
        let mut sheet = String::from("dataset,participant,specimen,family,sex,assembly,path,samples_path\n");
        let people: Vec<String> = (0..samples).map(|n| format!("BENCH-{samples}-{n}")).collect();
        if samples == 1 {
            let _ = writeln!(sheet, "cancer,{0},{0}-S,,unknown,GRCh38,{1},", people[0], path.display());
        } else {
            let rows: String = people.iter().map(|id| format!("{id},{id},{id}-S,,unknown\n")).collect();
            std::fs::write(
                programme.path("bench-samples.csv"),
                format!("sample,participant,specimen,family,sex\n{rows}"),
            )
            .unwrap();
            let _ = writeln!(sheet, "cancer,,,,,GRCh38,{},bench-samples.csv", path.display());
        }
        let started = Instant::now();
        let _ = programme.load(&sheet).good();
        let took = started.elapsed().as_secs_f64();
        programme.everybody_agrees(people.iter().map(String::as_str));
        let genotypes = samples * sites;
        let _ = writeln!(
            text,
            "| {name} | {sites} | {genotypes} | {took:.2} s | {:.0} | {:.0} | {peer:.2} s | {:.1} x |",
            sites as f64 / took,
            genotypes as f64 / took,
            took / peer
        );
    }
    text
}

fn write_synthetic(path: &Path, samples: usize, sites: usize) {
    let mut text = String::from(
        "##fileformat=VCFv4.3\n##contig=<ID=chr3,length=198295559>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n",
    );
    text.push_str("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT");
    for n in 0..samples {
        let _ = write!(text, "\tBENCH-{samples}-{n}");
    }
    text.push('\n');
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for n in 0..sites {
        let (position, reference, alternate) = site(n);
        let _ = write!(text, "chr3\t{position}\t.\t{reference}\t{alternate}\t50\tPASS\t.\tGT");
        // Most sites are rare: one of 400 samples carries the allele. Every twentieth site is common: one of three samples carries it.
        let rarity = if n % 20 == 0 { 3 } else { 400 };
        for _ in 0..samples {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let carried = samples == 1 || (state >> 33).is_multiple_of(rarity);
            text.push_str(if carried { "\t0/1" } else { "\t0/0" });
        }
        text.push('\n');
    }
    run(
        "bcftools",
        ["view", "--no-version", "-Oz", "-o", path.to_str().unwrap(), "-"],
        text.as_bytes(),
    );
}
