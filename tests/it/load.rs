mod bad_input;
mod erase;
mod reindex;
mod reindex_killed;
mod sample_checks;
mod twice;
mod unload;
