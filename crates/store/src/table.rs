//! The names of the tables.

use serde::{Deserialize, Serialize};

/// What kinds of rows there are. A table is a name and nothing more: what its rows hold is the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Table {
    /// What a file's bytes say, by content hash.
    Facts,
    /// A provider's answers for a file, by answer key.
    Answers,
    /// Import edges after resolution, packed.
    Edges,
    /// Stored snapshots.
    Generations,
    /// Parts of those, which several share.
    Lists,
    /// Snapshots from elsewhere, as the files that they came in.
    Archives,
    /// What people call stored snapshots. The last: what a name stands for is written before it.
    Names,
}

/// Which row.
pub type RowKey = (Table, Box<[u8]>);

impl Table {
    /// Every table, in the order of their declaration.
    pub const ALL: [Self; 7] = [
        Self::Facts,
        Self::Answers,
        Self::Edges,
        Self::Generations,
        Self::Lists,
        Self::Archives,
        Self::Names,
    ];

    /// The table's name on disk and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Facts => "facts",
            Self::Answers => "answers",
            Self::Edges => "edges",
            Self::Generations => "generations",
            Self::Lists => "lists",
            Self::Archives => "archives",
            Self::Names => "names",
        }
    }

    /// The table's place in [`Self::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_where_its_index_says() {
        for table in Table::ALL {
            assert_eq!(Table::ALL[table.index()], table);
        }
    }
}
