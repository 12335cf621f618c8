//! Who may, judged from outside: passports, approvals and consent meet in every answer, on every replica, and at its moment.

mod answers;
mod audit_trail;
mod clock;
mod cut_off;
mod families;
mod passports;
mod readers;
mod replicas;
mod revocation;
mod streams;
