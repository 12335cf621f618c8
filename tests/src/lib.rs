//! gemj-tests
