mod backup;
mod damaged_backup;
mod installation_key;
mod forked_history;
mod lost_machine;
mod postgres_and_s3;
mod sealed_copy;
