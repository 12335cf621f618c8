//! The small programme (twelve generated participants), shared by tests that change no data.

use std::sync::Mutex;

use gemj_tests::programme::SharedProgramme;
use gemj_tests::{Backend, Programme};

pub(crate) fn small() -> &'static SharedProgramme {
    static SMALL: Mutex<Option<&'static SharedProgramme>> = Mutex::new(None);
    // A failed load poisons the lock. The other tests then fail at once and do not load again.
    let mut made = SMALL.lock().expect("the small programme could not be loaded");
    made.get_or_insert_with(|| Box::leak(Box::new(loaded(Backend::Embedded).serve_for_good())))
}

/// A small programme for one test. It is loaded, but not served yet.
pub(crate) fn loaded(backend: Backend<'_>) -> Programme {
    let programme = Programme::new(backend);
    programme.load_small_data();
    programme
}
