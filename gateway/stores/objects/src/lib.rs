//! gemj-objects
