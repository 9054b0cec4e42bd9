//! The digest of what other files can see of a file: the early cutoff.
//!
//! It is subtractive: every token is in, except what is known not to matter. Adding up what does matter was tried and
//! had holes (`global x` in a body, a `yield` added, the right-hand side of a local that feeds `self.x`).
//!
//! Out are comments and layout, docstrings, and each function body that (nested definitions included) has no `yield`,
//! `global`, `nonlocal`, and no attribute store or delete on a bare name. Three things that ty reads across files
//! stay, found in its source:
//!
//! * whether a body is a stub (`...`, `pass`, a docstring), or nothing but `raise X`: that makes methods of protocols
//!   abstract, and calls of abstract ones through `super()` unsafe;
//! * the dotted modules that `import` statements in a body name: they make `lib.sub` an attribute of the `lib` that
//!   this module exports, wherever the statement stands;
//! * whether the module has a docstring: `__doc__` is `str` then.
//!
//! What a body returns or raises does not matter: a signature without `->` returns Unknown to callers, and only a
//! declared `NoReturn` ends control flow. (A provider that infers returns across files must ask for bodies; the key
//! of its answers contains the whole content.)
//!
//! In a file that does not parse everything is in, comments and layout excepted.

use staniel_facts::{Digest, InterfaceHash, digest_of};
use tree_sitter::Node;

mod bodies;
#[cfg(test)]
mod tests;

use bodies::{Bodies, BodyKind};

/// Names what is digested and how: a newer grammar numbers its kinds anew.
const CONTEXT: &str = "staniel interface digest 1, tree-sitter-python 0.25";

/// A digest of all of the text, for one of which the tree says too little.
pub(crate) fn whole(text: &str) -> InterfaceHash {
    InterfaceHash(digest_of("staniel 2026-11 interface of a whole text", text))
}

/// The digest. Two passes over the tree, linear in its size.
pub(crate) fn interface(root: Node<'_>, text: &str) -> InterfaceHash {
    let bodies = (!bodies::is_broken(root, text)).then(|| Bodies::of(root, text));
    let mut sink = Sink { text, at: 0, buffer: Vec::new(), hasher: blake3::Hasher::new_derive_key(CONTEXT) };
    let mut functions = 0;
    let mut cursor = root.walk();
    let mut frames: Vec<Frame> = Vec::new();
    'walk: loop {
        let node = cursor.node();
        let entered = match visit(node, frames.last_mut(), bodies.as_ref(), &mut functions, &mut sink) {
            Visit::Enter(frame) => {
                sink.open(node);
                if cursor.goto_first_child() {
                    frames.push(frame);
                    true
                } else {
                    sink.close();
                    false
                }
            }
            Visit::Pass => {
                sink.at = node.end_byte();
                false
            }
        };
        if entered {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                break 'walk;
            }
            frames.pop();
            sink.close();
        }
    }
    sink.finish()
}

/// What the visit of a node leaves to do.
enum Visit {
    /// Its children are to be visited.
    Enter(Frame),
    /// It is dealt with.
    Pass,
}

/// What is known of a node while its children are visited.
#[derive(Clone, Copy, PartialEq)]
enum Frame {
    Plain,
    /// A class: its block may begin with a docstring.
    Class,
    /// A function, by its number.
    Function(usize),
    /// A module or block in which nothing but a docstring can come next.
    Beginning {
        module: bool,
    },
}

fn visit(
    node: Node<'_>,
    parent: Option<&mut Frame>,
    bodies: Option<&Bodies>,
    functions: &mut usize,
    sink: &mut Sink<'_>,
) -> Visit {
    if node.is_extra() && !node.is_error() {
        return Visit::Pass;
    }
    let kind = if node.is_named() { node.kind() } else { "" };
    // A string is one token: its node shows neither all of its text nor anything that matters elsewhere.
    if kind == "string" || node.child_count() == 0 && !matches!(kind, "block" | "module") {
        sink.token(node);
        return Visit::Pass;
    }
    let Some(bodies) = bodies else { return Visit::Enter(Frame::Plain) };
    match parent {
        Some(frame @ Frame::Beginning { .. }) => {
            let module = *frame == Frame::Beginning { module: true };
            *frame = Frame::Plain;
            if bodies::is_docstring(node, sink.text) {
                if module {
                    sink.mark(Mark::ModuleDocstring);
                }
                return Visit::Pass;
            }
        }
        Some(Frame::Class) if kind == "block" => return Visit::Enter(Frame::Beginning { module: false }),
        Some(&mut Frame::Function(number)) if kind == "block" => {
            let mark = match bodies.kind(number, node, sink.text) {
                BodyKind::Kept => return Visit::Enter(Frame::Beginning { module: false }),
                BodyKind::Stub => Mark::Stub,
                BodyKind::Erased => Mark::Body,
            };
            sink.mark(mark);
            for module in bodies.imports_in(node.byte_range()) {
                sink.bytes(Mark::Import, module.as_bytes());
            }
            *functions = bodies.behind(number);
            return Visit::Pass;
        }
        _ => {}
    }
    Visit::Enter(match kind {
        "module" => Frame::Beginning { module: true },
        "class_definition" => Frame::Class,
        "function_definition" => {
            *functions += 1;
            Frame::Function(*functions - 1)
        }
        _ => Frame::Plain,
    })
}

/// What an entry of the digested stream begins with.
#[derive(Clone, Copy)]
enum Mark {
    Open,
    Close,
    /// A token of one spelling: its kind says all.
    Fixed,
    /// A token with a text of its own.
    Spelled,
    /// Text that no token covers.
    Gap,
    ModuleDocstring,
    Stub,
    Body,
    /// A dotted module that a body left out imports.
    Import,
}

/// Encodes the stream, every entry so that it cannot be taken for another, and digests it.
struct Sink<'t> {
    text: &'t str,
    /// The byte up to which the text is accounted for.
    at: usize,
    buffer: Vec<u8>,
    hasher: blake3::Hasher,
}

impl Sink<'_> {
    fn open(&mut self, node: Node<'_>) {
        self.mark(Mark::Open);
        self.buffer.extend(node.kind_id().to_le_bytes());
    }

    fn close(&mut self) {
        self.mark(Mark::Close);
    }

    fn token(&mut self, node: Node<'_>) {
        self.gap(node.start_byte());
        if node.is_named() || node.is_missing() {
            self.bytes(Mark::Spelled, self.text.get(node.byte_range()).unwrap_or("").as_bytes());
        } else {
            self.mark(Mark::Fixed);
        }
        self.buffer.extend(node.kind_id().to_le_bytes());
    }

    /// Takes in what stands between the last token and byte `until`, unless it is layout. The grammar has tokens
    /// that it does not show; this makes "all tokens" true whatever it shows.
    fn gap(&mut self, until: usize) {
        let gap = self.text.get(self.at..until).unwrap_or("");
        // Only what Python takes for layout: other white space is a syntax error.
        const LAYOUT: [char; 5] = [' ', '\t', '\n', '\r', '\x0c'];
        if gap.split(LAYOUT).any(|word| !word.is_empty() && word != "\\") {
            self.bytes(Mark::Gap, gap.trim_matches(LAYOUT).as_bytes());
        }
    }

    fn bytes(&mut self, mark: Mark, bytes: &[u8]) {
        self.mark(mark);
        self.buffer.extend((bytes.len() as u64).to_le_bytes());
        self.buffer.extend(bytes);
    }

    fn mark(&mut self, mark: Mark) {
        // The hasher is fast with much and slow with little at a time.
        if self.buffer.len() >= 1 << 14 {
            self.hasher.update(&self.buffer);
            self.buffer.clear();
        }
        self.buffer.push(mark as u8);
    }

    fn finish(mut self) -> InterfaceHash {
        self.gap(self.text.len());
        self.hasher.update(&self.buffer);
        InterfaceHash(Digest(*self.hasher.finalize().as_bytes()))
    }
}
