mod backup;
mod damaged_backup;
mod forked_history;
mod installation_key;
mod lost_machine;
mod postgres_and_s3;
mod sealed_copy;
