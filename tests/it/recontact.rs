//! Recontact: a researcher requests, an approver decides, and hospitals answer for their own patients.

mod request_recontact;
mod update_task;
