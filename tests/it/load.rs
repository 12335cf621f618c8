mod erase;
mod bad_input;
mod sample_checks;
mod twice;
mod unload;
