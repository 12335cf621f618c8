mod bad_input;
mod twice;
mod unload;
