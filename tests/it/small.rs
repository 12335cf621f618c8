//! The small programme that tests share when they change nothing of it.

use std::sync::OnceLock;

use gemj_tests::programme::SharedProgramme;
use gemj_tests::{Backend, Programme};

pub(crate) fn small() -> &'static SharedProgramme {
    static SMALL: OnceLock<SharedProgramme> = OnceLock::new();
    SMALL.get_or_init(|| loaded(Backend::Embedded).serve_for_good())
}

/// A small programme of a test's own, not yet served.
pub(crate) fn loaded(backend: Backend<'_>) -> Programme {
    let programme = Programme::new(backend);
    programme.load_small_data();
    programme
}
