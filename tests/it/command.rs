//! The operator's commands around a running installation: `init`, `config check`, `doctor` and `reload`.

mod config_check;
mod doctor;
mod init;
mod init_for;
mod manual;
mod mistakes;
mod new_installation;
mod proxy;
mod reload;
mod tls;
