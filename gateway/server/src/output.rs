//! Lines of commands on standard output and standard error.
//!
//! The standard library's macros panic where the reader of a pipe has gone (`gemj-gateway … | head`). A command must neither panic then nor stop
//! in the middle of its work: what it cannot say any more is left out.

/// Writes text to standard output; a closed pipe is no error.
pub(crate) fn out(text: std::fmt::Arguments<'_>) {
    use std::io::Write as _;
    let _ = std::io::stdout().lock().write_fmt(text);
}

/// A line of the same.
pub(crate) fn out_line(text: std::fmt::Arguments<'_>) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    let _ = out.write_fmt(text).and_then(|()| out.write_all(b"\n"));
}

/// A line of the same.
pub(crate) fn err_line(text: std::fmt::Arguments<'_>) {
    use std::io::Write as _;
    let mut err = std::io::stderr().lock();
    let _ = err.write_fmt(text).and_then(|()| err.write_all(b"\n"));
}

/// In the place of the standard library's: the crate's commands print with these.
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
