//! htsget: tickets, and the slices behind them.

mod block;
mod region_budget;
mod ticket;

pub use block::{OpenedBlock, block, regions_of};
pub use ticket::{NoTicket, TicketTerms, ticket};
