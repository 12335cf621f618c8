//! The operator's commands around a running installation: `init`, `config check`, `doctor` and `reload`.

mod alone;
mod config_check;
mod doctor;
mod doctor_hostile;
mod doctor_injected;
mod doctor_servers;
mod doctor_service;
mod doctor_table;
mod from_nothing;
mod init;
mod init_for;
mod json_lists;
mod language;
mod left_over_keys;
mod manual;
mod mistake_table;
mod mistakes;
mod new_installation;
mod pipes;
mod proxy;
mod proxy_examples;
mod registered;
mod reload;
mod self_test;
mod tls;
