//! Reads a large EAV export and measures the memory of the process. The test is alone in its program, because other tests would add to the
//! measurement. `GEMJ_REDCAP_MIB` sets the size of the file.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;

use gemj_adapters::redcap::{Selection, read};
use gemj_adapters::unit::Met;

/// The most memory that this process had, in KiB. `None` if the system does not state it.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn a_large_export_is_read_in_the_memory_of_one_record() {
    let mib: u64 = std::env::var("GEMJ_REDCAP_MIB")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(64);
    let folder = tempfile::TempDir::new().unwrap();
    let dictionary = "field_name,form_name,field_type,select_choices_or_calculations,identifier\nrecord_id,f,text,,\nnote,g,notes,,\n";
    std::fs::write(folder.path().join("d.csv"), dictionary).unwrap();
    let path = folder.path().join("records.csv");
    let mut file = BufWriter::new(File::create(&path).unwrap());
    file.write_all(b"record,redcap_repeat_instrument,redcap_repeat_instance,field_name,value\n")
        .unwrap();
    let (mut bytes, mut records) = (0, 0);
    while bytes < mib << 20 {
        records += 1;
        for instance in 1..=200 {
            let row = format!("R-{records},g,{instance},note,\"a note of some length\nwith a line break, {instance}\"\n");
            file.write_all(row.as_bytes()).unwrap();
            bytes += row.len() as u64;
        }
    }
    file.into_inner().unwrap().sync_all().unwrap();
    let selection = Selection {
        dictionary: "d.csv".to_owned(),
        fields: BTreeSet::from(["note".to_owned()]),
        ..Selection::default()
    };
    let Some(before) = peak_kib() else {
        eprintln!("SKIPPED: the system does not state the memory of a process");
        return;
    };
    let (mut units, mut values) = (0, 0);
    let begun = std::time::Instant::now();
    let flow = read(&path, &selection, &mut |met| {
        match met {
            Met::Unit(unit) => {
                units += 1;
                values += unit.records.len();
            }
            Met::Undecodable(refused) => panic!("{refused:?}"),
            Met::Ignored(_) | Met::LeftOut(..) | Met::Repaired(_) | Met::Remains(_) => {}
        }
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    let grown = peak_kib().unwrap() - before;
    eprintln!(
        "{} MiB, {units} records, {values} values: {grown} KiB more memory, {:?}",
        bytes >> 20,
        begun.elapsed()
    );
    assert_eq!((units, values), (records, records * 200));
    assert!(grown < 16 << 10, "{grown} KiB");
}
