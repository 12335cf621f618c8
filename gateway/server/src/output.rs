//! Macros that print the output of commands on standard output and standard error.
//!
//! The standard library's macros panic if the reader of a pipe has exited (`gemj-gateway … | head`). A command must neither panic in this case
//! nor stop in the middle of its work. Therefore the remaining output is dropped.

/// Writes text to standard output. Write errors, for example a closed pipe, are ignored.
pub(crate) fn out(text: std::fmt::Arguments<'_>) {
    use std::io::Write as _;
    let _ = std::io::stdout().lock().write_fmt(text);
}

/// Writes a line to standard output. Write errors are ignored.
pub(crate) fn out_line(text: std::fmt::Arguments<'_>) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    let _ = out.write_fmt(text).and_then(|()| out.write_all(b"\n"));
}

/// Writes a line to standard error. Write errors are ignored.
pub(crate) fn err_line(text: std::fmt::Arguments<'_>) {
    use std::io::Write as _;
    let mut err = std::io::stderr().lock();
    let _ = err.write_fmt(text).and_then(|()| err.write_all(b"\n"));
}

/// Replaces the standard library's macro of the same name in this crate, so that a closed pipe does not cause a panic.
macro_rules! print {
    ($($argument:tt)*) => { $crate::output::out(format_args!($($argument)*)) };
}
macro_rules! println {
    () => { $crate::output::out_line(format_args!("")) };
    ($($argument:tt)*) => { $crate::output::out_line(format_args!($($argument)*)) };
}
macro_rules! eprintln {
    () => { $crate::output::err_line(format_args!("")) };
    ($($argument:tt)*) => { $crate::output::err_line(format_args!($($argument)*)) };
}
