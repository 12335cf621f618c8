//! Tests of access decisions from outside: passports, approvals and consent determine every answer, on every replica and at the time of the request.

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
