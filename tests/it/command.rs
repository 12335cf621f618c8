//! The operator's commands around a running installation: `init`, `config check`, `doctor` and `reload`.

mod config_check;
mod doctor;
mod doctor_servers;
mod doctor_service;
mod from_nothing;
mod init;
mod init_for;
mod mistakes;
mod new_installation;
mod proxy;
mod reload;
mod self_test;
