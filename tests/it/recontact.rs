//! Asking participants again: a researcher proposes, an approver decides, hospitals answer for their own patients.

mod request_recontact;
mod update_task;
