//! Loading the same sheet again changes nothing.

use gemj_tests::Backend;
use gemj_tests::small_data::{feeds, sheet};

use crate::real::real;
use crate::small::loaded;

#[test]
fn loading_and_ingesting_twice_changes_nothing() {
    let programme = loaded(Backend::Embedded);
    let (objects, files) = (programme.objects(&[]), programme.stored_files());
    assert_eq!(objects.len(), 17);
    let again = programme.load(&sheet()).good();
    assert!(again.out.contains("0 loaded, 17 already there, 0 refused"), "{}", again.out);
    let packets = feeds().join("packets");
    let again = programme.ingest_packets("cancer", &packets).good();
    assert!(
        again.out.contains("12 received: 0 committed, 12 already there, 0 refused"),
        "{}",
        again.out
    );
    assert_eq!((programme.objects(&[]), programme.stored_files()), (objects, files));
}

#[test]
fn loading_the_real_files_twice_changes_nothing() {
    let Some(real) = real() else { return };
    let before = real.programme().objects(&[]);
    assert_eq!(before.len(), 5);
    let again = real.programme().load(&real.sheet).good();
    assert!(again.out.contains("0 loaded, 5 already there, 0 refused"), "{}", again.out);
    assert_eq!(real.programme().objects(&[]), before);
    for object in before {
        assert_eq!(object["sha256"].as_str().unwrap().len(), 64);
    }
}

#[test]
fn concurrent_loads_of_the_same_sheet_load_each_file_once() {
    let programme = gemj_tests::Programme::new(Backend::Embedded);
    let path = programme.path("both.csv");
    std::fs::write(&path, sheet()).unwrap();
    let load = || programme.run(&["load", "--register", path.to_str().unwrap()]);
    let (one, two) = std::thread::scope(|scope| {
        let other = scope.spawn(load);
        (load(), other.join().unwrap())
    });
    assert_eq!((one.code, two.code), (Some(0), Some(0)), "{}{}", one.err, two.err);
    assert_eq!(programme.objects(&[]).len(), 17);
    let loaded = |out: &str| out.lines().last().unwrap().split(' ').next().unwrap().parse::<u64>().unwrap();
    assert_eq!(loaded(&one.out) + loaded(&two.out), 17, "{}{}", one.out, two.out);
    let again = programme.load(&sheet()).good();
    assert!(again.out.contains("0 loaded, 17 already there"), "{}", again.out);
}
