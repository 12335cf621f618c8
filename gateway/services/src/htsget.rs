//! GA4GH htsget: tickets, and the slices of files to which tickets lead.

mod block;
mod inline;
mod part;
mod region_budget;
mod ticket;

pub use block::{OpenedBlock, open_block};
pub use inline::{InlineTicket, inline, inline_header};
pub use region_budget::OverBudget;
pub use ticket::{NoTicket, Promise, TicketTerms, ticket};
