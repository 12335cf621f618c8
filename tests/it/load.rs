mod bad_input;
mod erase;
mod sample_checks;
mod twice;
mod unload;
