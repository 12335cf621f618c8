//! gemj-adapters
