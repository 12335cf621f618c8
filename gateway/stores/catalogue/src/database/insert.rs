//! Insertion of many rows with few SQL statements.

use std::fmt::Write as _;

use super::{Transaction, Value};
use crate::error::CatalogueError;

/// The maximum number of arguments of one SQL statement. The number is below the limits of both databases, and small enough for SQLite to bind
/// quickly.
pub(crate) const MAX_PARAMETERS: usize = 2_000;

/// The text `$first, $first+1, ...` with `count` placeholders, for the IN list of an SQL statement.
pub(crate) fn placeholders(first: usize, count: usize) -> String {
    let mut text = String::with_capacity(count * 6);
    for number in first..first + count {
        let _ = write!(text, "{}${number}", if number == first { "" } else { ", " });
    }
    text
}

fn values(columns: usize, rows: usize) -> String {
    let mut text = String::with_capacity(rows * columns * 6);
    for row in 0..rows {
        let _ = write!(
            text,
            "{}({})",
            if row == 0 { "" } else { ", " },
            placeholders(row * columns + 1, columns)
        );
    }
    text
}

impl Transaction {
    /// Inserts rows into a table. Each row has one value for each column that `into` (`table (column, ...)`) names.
    pub(crate) async fn insert<const COLUMNS: usize>(
        &mut self,
        into: &'static str,
        rows: impl IntoIterator<Item = [Value; COLUMNS]>,
    ) -> Result<(), CatalogueError> {
        let most = largest_power_of_two(MAX_PARAMETERS / COLUMNS);
        let mut rows: std::collections::VecDeque<_> = rows.into_iter().collect();
        while !rows.is_empty() {
            let count = largest_power_of_two(rows.len()).min(most);
            let arguments = rows.drain(..count).flatten().collect();
            let sql = format!("INSERT INTO {into} VALUES {}", values(COLUMNS, count));
            self.execute_of(sql, arguments).await?;
        }
        Ok(())
    }
}

/// The largest power of two that is at most `count`, which must be positive. The numbers of rows in a statement are powers of two. Therefore
/// each table has few different statements, and each statement is prepared once.
fn largest_power_of_two(count: usize) -> usize {
    1 << count.ilog2()
}
