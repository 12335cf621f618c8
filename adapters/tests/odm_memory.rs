//! The memory that the reader of ODM needs for a large file. `GEMJ_ODM_MIB` sets the size of the file in MiB; the default is small enough for every
//! run of the tests. The test needs `/proc` (Linux).
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use gemj_adapters::odm;
use gemj_adapters::unit::Met;

/// The size of one subject in the file: an average subject of a study with several hundred values.
const SUBJECT_BYTES: usize = 20_000;

/// Writes a file with this many subjects. Every tenth subject is changed by a transactional file.
fn write(path: &Path, kind: &str, day: usize, subjects: impl Iterator<Item = usize>, item_count: usize) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    write!(
        file,
        r#"<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2" FileType="{kind}" Granularity="All" FileOID="{kind}" CreationDateTime="2026-04-{day:02}T12:00:00Z"><ClinicalData StudyOID="S" MetaDataVersionOID="M">"#
    )
    .unwrap();
    for subject in subjects {
        write!(
            file,
            r#"<SubjectData SubjectKey="{subject}" TransactionType="{}"><StudyEventData StudyEventOID="E"><FormData FormOID="F"><ItemGroupData ItemGroupOID="G">"#,
            if kind == "Snapshot" { "Insert" } else { "Upsert" }
        )
        .unwrap();
        for item in 0..item_count {
            write!(file, r#"<ItemData ItemOID="IT.{item}" Value="value {subject}"/>"#).unwrap();
        }
        file.write_all(b"</ItemGroupData></FormData></StudyEventData></SubjectData>\n")
            .unwrap();
    }
    file.write_all(b"</ClinicalData></ODM>").unwrap();
}

/// The peak of the resident memory of this process since the last call, in KiB.
fn peak_kib() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let peak = peak.trim().trim_end_matches(" kB").parse().ok()?;
    std::fs::write("/proc/self/clear_refs", "5").ok()?;
    Some(peak)
}

fn read(paths: &[PathBuf]) -> (usize, usize) {
    let (mut units, mut refused) = (0, 0);
    let flow = odm::read(paths, None, &mut |met| {
        match met {
            Met::Unit(_) => units += 1,
            Met::Undecodable(_) => refused += 1,
            Met::Ignored(_) | Met::LeftOut(..) | Met::Repaired(_) | Met::Remains(_) => {}
        }
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    (units, refused)
}

#[test]
fn the_memory_for_a_file_does_not_grow_with_its_size() {
    let mib: usize = std::env::var("GEMJ_ODM_MIB").ok().and_then(|text| text.parse().ok()).unwrap_or(40);
    let folder = tempfile::tempdir().unwrap();
    let paths = [folder.path().join("snapshot.xml"), folder.path().join("changes.xml")];
    let mut peaks = Vec::new();
    for part in [8, 1] {
        let subjects = (mib << 20) / SUBJECT_BYTES / part;
        write(&paths[0], "Snapshot", 1, 0..subjects, SUBJECT_BYTES / 50);
        write(&paths[1], "Transactional", 2, (0..subjects).step_by(10), 20);
        let Some(before) = peak_kib().and_then(|_| peak_kib()) else {
            eprintln!("SKIPPED: /proc is not available");
            return;
        };
        let begun = std::time::Instant::now();
        assert_eq!(read(&paths), (subjects, 0));
        let (peak, size) = (peak_kib().unwrap_or_default(), std::fs::metadata(&paths[0]).unwrap().len() >> 20);
        eprintln!(
            "{size} MiB, {subjects} subjects: {} KiB more at the peak, {:?}",
            peak - before,
            begun.elapsed()
        );
        peaks.push(peak.saturating_sub(before));
    }
    // The places of the subjects take about 150 bytes each. Everything else is freed after each subject.
    let places = ((mib << 20) / SUBJECT_BYTES) * 150 / 1024;
    assert!(peaks[1] < peaks[0] + places + 8 * 1024, "{peaks:?} KiB");
}
