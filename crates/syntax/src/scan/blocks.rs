//! The compound statements around a place in the text, and what they mean for what stands there.

use staniel_facts::Contexts;

/// What a compound statement does to what stands in it, beyond its [`Place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// `otherwise`: whether TYPE_CHECKING holds where the tests so far failed.
    If {
        otherwise: bool,
    },
    /// `for` or `while`.
    Loop,
    /// `body`: which imports stand in the first block, by index; its end is known once a clause follows.
    Try {
        from: usize,
        until: Option<usize>,
    },
    Match,
    /// One that no clause can follow.
    Plain,
}

/// The circumstances of a statement.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    pub(super) contexts: Contexts,
    /// How many functions are around it.
    pub(super) functions: u32,
    /// How many functions and classes are around it: none for the module's own scope.
    pub(super) scopes: u32,
    /// Whether it may not be executed, or more than once.
    pub(super) conditional: bool,
    /// Where the name of the innermost class around it stands, from byte to byte.
    pub(super) class: Option<(usize, usize)>,
}

#[derive(Debug)]
pub(super) struct Block {
    /// The column of the header. What is indented further is inside.
    pub(super) column: usize,
    pub(super) role: Role,
    /// Where the compound statement stands.
    pub(super) outside: Place,
    /// Where the statements of the block that is being read stand.
    pub(super) inside: Place,
}

/// The compound statements that are open, from the outside in.
#[derive(Default)]
pub(super) struct Blocks(Vec<Block>);

impl Blocks {
    pub(super) fn open(&mut self, block: Block) {
        self.0.push(block);
    }

    /// Closes what a line that begins in `column` is not inside of, but for a compound statement in the very column: a
    /// clause of it may follow.
    pub(super) fn close_to(&mut self, column: usize) {
        while self.0.pop_if(|block| block.column > column).is_some() {}
    }

    /// Closes what a statement in `column` ends.
    pub(super) fn close(&mut self, column: usize) {
        while self.0.pop_if(|block| block.column >= column).is_some() {}
    }

    pub(super) fn last(&self) -> Option<&Block> {
        self.0.last()
    }

    pub(super) fn last_mut(&mut self) -> Option<&mut Block> {
        self.0.last_mut()
    }

    /// Where a statement of the innermost block stands.
    pub(super) fn place(&self) -> Place {
        self.0.last().map_or_else(Place::default, |block| block.inside)
    }
}
