mod bad_input;
mod erase;
mod reindex;
mod sample_checks;
mod twice;
mod unload;
