//! Many rows in few statements.

use std::fmt::Write as _;

use super::{Transaction, Value};
use crate::error::CatalogueError;

/// Most arguments of one statement: below the limits of both databases, and few enough that SQLite names them quickly.
pub(crate) const MAX_PARAMETERS: usize = 2_000;

/// `$first, $first+1, ...`, for an IN list.
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
    /// Inserts rows, all with as many values as `into` (`table (column, ...)`) names columns.
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

/// The largest power of two that is no more than a count above zero: a table has then few statements, and each is prepared once.
fn largest_power_of_two(count: usize) -> usize {
    1 << count.ilog2()
}
