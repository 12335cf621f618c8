//! htsget: tickets, and the slices behind them.

mod block;
mod ticket;

pub use block::{OpenedBlock, block, regions_of};
pub use ticket::{TicketTerms, ticket};
