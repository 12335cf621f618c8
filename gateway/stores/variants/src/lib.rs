//! gemj-variants
