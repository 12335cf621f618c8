//! The memory that the reader of FHIR needs for a large Bundle. `GEMJ_FHIR_MIB` sets the size of the Bundle in MiB; the default is small enough for
//! every run of the tests. The test needs `/proc` (Linux).
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;

use gemj_adapters::fhir::{self, Options};
use gemj_adapters::unit::Met;

/// The number of results of one patient, and the size of one result.
const RESULTS: usize = 50;
const RESULT_BYTES: usize = 1_000;

/// Writes a Bundle. The results of a patient are not beside the patient.
fn write(path: &Path, patients: usize) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    file.write_all(br#"{"entry":["#).unwrap();
    let pad = "x".repeat(RESULT_BYTES - 200);
    for result in 0..RESULTS {
        for patient in 0..patients {
            write!(
                file,
                r#"{{"resource":{{"resourceType":"Observation","status":"final","subject":{{"reference":"urn:uuid:{patient}"}},"code":{{"coding":[{{"system":"http://loinc.org","code":"{result}-1"}}]}},"valueInteger":{result},"note":"{pad}"}}}},"#
            )
            .unwrap();
        }
    }
    for patient in 0..patients {
        let comma = if patient == 0 { "" } else { "," };
        write!(
            file,
            r#"{comma}{{"fullUrl":"urn:uuid:{patient}","resource":{{"resourceType":"Patient","identifier":[{{"value":"{patient}"}}]}}}}"#
        )
        .unwrap();
    }
    file.write_all(br#"],"type":"collection","resourceType":"Bundle"}"#).unwrap();
}

/// The peak of the resident memory of this process since the last call, in KiB.
fn peak_kib() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let peak = peak.trim().trim_end_matches(" kB").parse().ok()?;
    std::fs::write("/proc/self/clear_refs", "5").ok()?;
    Some(peak)
}

#[test]
fn the_memory_for_a_bundle_is_that_of_its_places() {
    let mib: usize = std::env::var("GEMJ_FHIR_MIB").ok().and_then(|text| text.parse().ok()).unwrap_or(32);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle.json");
    let patients = (mib << 20) / (RESULTS * RESULT_BYTES);
    write(&path, patients);
    let Some(before) = peak_kib().and_then(|_| peak_kib()) else {
        eprintln!("SKIPPED: /proc is not available");
        return;
    };
    let begun = std::time::Instant::now();
    let (mut units, mut records) = (0, 0);
    let flow = fhir::read(std::slice::from_ref(&path), &Options::default(), &mut |met| {
        match met {
            Met::Unit(unit) => {
                units += 1;
                records += unit.records.len();
            }
            Met::Undecodable(_) | Met::Ignored(_) | Met::LeftOut(..) | Met::Repaired(_) | Met::Remains(_) => {}
        }
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    assert_eq!((units, records), (patients, patients * (RESULTS + 1)));
    let (more, size) = (
        peak_kib().unwrap_or_default().saturating_sub(before),
        std::fs::metadata(&path).unwrap().len() >> 20,
    );
    eprintln!(
        "{size} MiB, {patients} patients: {more} KiB more at the peak, {:?}",
        begun.elapsed()
    );
    // A list that doubles has at most twice the size of its content.
    let places = patients * (RESULTS * 100 + 2_000) / 1024;
    assert!(more < places + 16 * 1024, "{more} KiB");
}
