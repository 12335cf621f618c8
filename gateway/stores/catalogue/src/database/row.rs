//! Rows of a query, read column by column. A value that cannot be decoded is an error (corrupt data) and is never treated as absent.

use gemj_model::{Ordinal, Timestamp};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use crate::error::CatalogueError;

/// One row from either of the two databases.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

macro_rules! column {
    ($row:expr, $index:expr, $what:expr) => {
        match $row {
            Row::Sqlite(row) => row.try_get($index),
            Row::Postgres(row) => row.try_get($index),
        }
        .map_err(|_| CatalogueError::Corrupt { what: $what })
    };
}

impl Row {
    pub(crate) fn int(&self, index: usize, what: &'static str) -> Result<i64, CatalogueError> {
        column!(self, index, what)
    }

    pub(crate) fn maybe_int(&self, index: usize, what: &'static str) -> Result<Option<i64>, CatalogueError> {
        column!(self, index, what)
    }

    pub(crate) fn text(&self, index: usize, what: &'static str) -> Result<String, CatalogueError> {
        column!(self, index, what)
    }

    pub(crate) fn maybe_text(&self, index: usize, what: &'static str) -> Result<Option<String>, CatalogueError> {
        column!(self, index, what)
    }

    pub(crate) fn bool(&self, index: usize, what: &'static str) -> Result<bool, CatalogueError> {
        column!(self, index, what)
    }

    pub(crate) fn bytes(&self, index: usize, what: &'static str) -> Result<Vec<u8>, CatalogueError> {
        column!(self, index, what)
    }

    pub(crate) fn maybe_bytes(&self, index: usize, what: &'static str) -> Result<Option<Vec<u8>>, CatalogueError> {
        column!(self, index, what)
    }

    pub(crate) fn count(&self, index: usize, what: &'static str) -> Result<u64, CatalogueError> {
        u64::try_from(self.int(index, what)?).map_err(|_| CatalogueError::Corrupt { what })
    }

    pub(crate) fn time(&self, index: usize, what: &'static str) -> Result<Timestamp, CatalogueError> {
        self.int(index, what).map(Timestamp)
    }

    pub(crate) fn maybe_time(&self, index: usize, what: &'static str) -> Result<Option<Timestamp>, CatalogueError> {
        Ok(self.maybe_int(index, what)?.map(Timestamp))
    }

    /// Reads a column with a list: a text with one entry in each line. An empty text is an empty list.
    pub(crate) fn lines<T, E>(
        &self,
        index: usize,
        what: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Vec<T>, CatalogueError> {
        let text = self.text(index, what)?;
        let lines = text.split('\n').filter(|line| !line.is_empty());
        lines
            .map(|line| parse(line).map_err(|_| CatalogueError::Corrupt { what }))
            .collect()
    }

    pub(crate) fn ordinal(&self, index: usize) -> Result<Ordinal, CatalogueError> {
        ordinal(self.int(index, "ordinal")?)
    }

    pub(crate) fn maybe_ordinal(&self, index: usize) -> Result<Option<Ordinal>, CatalogueError> {
        self.maybe_int(index, "ordinal")?.map(ordinal).transpose()
    }

    /// Reads a column with a text that must parse as an identifier or as a code of a closed set.
    pub(crate) fn parsed<T, E>(
        &self,
        index: usize,
        what: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, CatalogueError> {
        parse(&self.text(index, what)?).map_err(|_| CatalogueError::Corrupt { what })
    }

    /// Reads a column that may be absent, and otherwise contains a text that must parse as an identifier or as a code of a closed set.
    pub(crate) fn maybe_parsed<T, E>(
        &self,
        index: usize,
        what: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, CatalogueError> {
        self.maybe_text(index, what)?
            .map(|text| parse(&text).map_err(|_| CatalogueError::Corrupt { what }))
            .transpose()
    }
}

fn ordinal(value: i64) -> Result<Ordinal, CatalogueError> {
    u32::try_from(value)
        .map(Ordinal)
        .map_err(|_| CatalogueError::Corrupt { what: "ordinal" })
}
