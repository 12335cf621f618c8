//! The small programme that tests share when they change nothing of it.

use std::sync::Mutex;

use gemj_tests::programme::SharedProgramme;
use gemj_tests::{Backend, Programme};

pub(crate) fn small() -> &'static SharedProgramme {
    static SMALL: Mutex<Option<&'static SharedProgramme>> = Mutex::new(None);
    // A load that failed poisons the lock: the tests behind it fail at once instead of trying again.
    let mut made = SMALL.lock().expect("the small programme could not be loaded");
    made.get_or_insert_with(|| Box::leak(Box::new(loaded(Backend::Embedded).serve_for_good())))
}

/// A small programme of a test's own, not yet served.
pub(crate) fn loaded(backend: Backend<'_>) -> Programme {
    let programme = Programme::new(backend);
    programme.load_small_data();
    programme
}
