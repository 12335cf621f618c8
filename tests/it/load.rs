mod bad_input;
mod erase;
mod older_segments;
mod reindex;
mod reindex_killed;
mod sample_checks;
mod twice;
mod unload;
