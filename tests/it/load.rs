mod bad_input;
mod twice;
