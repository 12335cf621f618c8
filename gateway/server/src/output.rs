//! The output of commands on standard output and standard error.
//!
//! The standard library's macros panic if the reader of a pipe has exited (`gemj-gateway … | head`). A command must neither panic in this case
//! nor stop in the middle of its work. Therefore the remaining output is dropped, the command completes its work, and the process then ends with
//! [`CLOSED_PIPE`].

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

/// The exit code of a command whose reader closed the pipe, if the command was successful otherwise. It is the code that shells report for
/// programs that the signal SIGPIPE ended (128 + 13).
pub(crate) const CLOSED_PIPE: u8 = 141;

/// The exit code of a command that completed its work and could not write a part of its output, for example because the disk is full.
pub(crate) const INCOMPLETE: u8 = 2;

static IS_CLOSED: AtomicBool = AtomicBool::new(false);
static IS_INCOMPLETE: AtomicBool = AtomicBool::new(false);

/// Whether the reader of standard output closed the pipe before everything was written.
pub(crate) fn is_closed() -> bool {
    IS_CLOSED.load(Ordering::Relaxed)
}

/// Whether a part of the output was lost for another reason than a closed pipe.
pub(crate) fn is_incomplete() -> bool {
    IS_INCOMPLETE.load(Ordering::Relaxed)
}

/// Writes to standard output. After a closed pipe, all output is dropped.
///
/// # Errors
/// Standard output cannot be written for another reason than a closed pipe, for example because the disk is full.
pub(crate) fn write(text: std::fmt::Arguments<'_>) -> std::io::Result<()> {
    if is_closed() {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    match out.write_fmt(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            IS_CLOSED.store(true, Ordering::Relaxed);
            Ok(())
        }
        written => written,
    }
}

/// Writes text to standard output. The command completes its work after a write error, and the error determines its exit code.
pub(crate) fn out(text: std::fmt::Arguments<'_>) {
    noted(write(text));
}

/// Writes a line to standard output, as [`out`] does.
pub(crate) fn out_line(text: std::fmt::Arguments<'_>) {
    noted(write(format_args!("{text}\n")));
}

/// Remembers a write error, and reports the first one on standard error.
fn noted(written: std::io::Result<()>) {
    if let Err(error) = written
        && !IS_INCOMPLETE.swap(true, Ordering::Relaxed)
    {
        err_line(format_args!("gemj-gateway: standard output: {error}; a part of the output is lost"));
    }
}

/// Writes a line to standard error. Write errors are ignored.
pub(crate) fn err_line(text: std::fmt::Arguments<'_>) {
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
