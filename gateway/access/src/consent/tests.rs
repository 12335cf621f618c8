//! Properties of the fold and of the consent views, tested against oracles that are written in another way.

mod incremental;
pub(super) mod kit;
mod oracle;
mod properties;
mod views;
