//! Loads files: reads a sample sheet, and registers files and their carriers.

mod checks;
mod manifest;
mod provenance;
mod row;
mod sheet;

pub use checks::CheckSummary;
pub use manifest::{Delivered, DeliveryFault, Manifest, ManifestFault};
pub use row::{Loader, RowError, RowOutcome};
pub use sheet::{Owner, Ownership, RowFault, Rows, SheetFault, SheetRow, read_sheet};
