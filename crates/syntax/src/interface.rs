//! What other files can see of a file, digested: the early cutoff.
//!
//! It is subtractive: every token is in, except what is known not to matter. Adding up what does matter was tried and
//! had holes (`global x` in a body, a `yield` added, the right-hand side of a local that feeds `self.x`).
//!
//! Out are comments and layout, docstrings, and each function body that (nested definitions included) has no `yield`,
//! `global`, `nonlocal`, and no attribute store or delete on a bare name, and is not that of a factory
//! (`LONGEST_FACTORY`). Four things that types are told from across files stay:
//!
//! * whether a body is a stub (`...`, `pass`, a docstring), or nothing but `raise X`: that makes methods of protocols
//!   abstract, and calls of abstract ones through `super()` unsafe;
//! * the body of an `__exit__` or `__aexit__` without `->`: `with` may go on behind what it swallows;
//! * the dotted modules that `import` statements in a body name: they make `lib.sub` an attribute of the `lib` that
//!   this module exports, wherever the statement stands;
//! * whether the module has a docstring: `__doc__` is `str` then.
//!
//! What such a body returns or raises does not matter: a signature without `->` returns Unknown to callers, and only a
//! declared `NoReturn` ends control flow. For those who do infer returns across files there is a second digest, in
//! which only functions with `->` lose their bodies, and comments that annotate (`# type: list[int]`) are in.
//!
//! Most definitions at the top of a module are digested apart (`statements`, `parts`): they count only if some other
//! file mentions their names, and what a file mentions (`words`) is found out here too. Which they are, and whom they use, must
//! not hang on what is out either: words in bodies that are left out are mentions for other files, and nothing more.
//!
//! Of a file that does not parse all is in, comments and layout too, nothing stands apart, and all words are mentioned; and
//! so it is where another parser may find other blocks (`layout`).

use staniel_facts::{Digest, Interface, InterfaceHash, NameHash, Part, Seen, digest_of};
use tree_sitter::Node;

mod bodies;
mod layout;
mod parts;
mod statements;
mod survey;
#[cfg(test)]
mod tests;
mod words;

use bodies::{Bodies, BodyKind};
use parts::Named;
use survey::Survey;
use words::Words;

/// Names what is digested and how: a newer grammar numbers its kinds anew.
const CONTEXT: &str = "staniel interface digest 6, tree-sitter-python 0.25";

/// The interface of a text of which the tree says too little: all of it.
pub(crate) fn whole(text: &str) -> Interface {
    let hash = InterfaceHash(digest_of("staniel 2026-11 interface of a whole text", text));
    let rest = Seen { declared: hash, inferred: hash };
    let mentions = Words::of_all(text).hashes();
    Interface { rest, deep_uses: Box::default(), parts: Box::default(), mentions }
}

/// The interface. Two passes over the tree and one over the text, linear in their size. `original` is the text as it
/// was before blanks were put in for the parser.
pub(crate) fn interface(root: Node<'_>, text: &str, original: &str) -> Interface {
    if bodies::is_broken(root, text) {
        return whole(original);
    }
    let survey = Survey::of(root, text, original);
    if !survey.is_clear {
        return whole(original);
    }
    let words = Words::of(original, &survey);
    let (named, deep_uses) = parts::find(&survey.statements, &words, text);
    let (rest, mut parts) = Digester::new(text, &survey.bodies, named).digest(root);
    parts.sort_unstable();
    Interface { rest, deep_uses, parts: parts.into(), mentions: words.hashes() }
}

/// The walk that digests.
struct Digester<'t> {
    bodies: &'t Bodies,
    /// For each statement of the module, in order: what it is, if it stands apart.
    named: Vec<Option<Named>>,
    /// How many of these have begun.
    statements: usize,
    /// How many functions have.
    functions: usize,
    frames: Vec<Frame>,
    /// How many frames there are outside of the body that only those see who infer.
    deep: Option<usize>,
    /// The part that the walk is in.
    part: Option<Named>,
    /// The name of the last one, if no other statement has begun since: what a comment behind it is about.
    last: Option<NameHash>,
    parts: Vec<Part>,
    sink: Sink<'t>,
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

impl<'t> Digester<'t> {
    fn new(text: &'t str, bodies: &'t Bodies, named: Vec<Option<Named>>) -> Self {
        Self {
            bodies,
            named,
            statements: 0,
            functions: 0,
            frames: Vec::new(),
            deep: None,
            part: None,
            last: None,
            parts: Vec::new(),
            sink: Sink::new(text),
        }
    }

    /// What always counts, and what stands apart.
    fn digest(mut self, root: Node<'_>) -> (Seen, Vec<Part>) {
        let mut cursor = root.walk();
        loop {
            let node = cursor.node();
            if self.frames.len() == 1 && survey::is_statement(node) {
                self.begin_statement(node);
            }
            match self.visit(node) {
                Visit::Enter(frame) => {
                    self.sink.open(node);
                    if cursor.goto_first_child() {
                        self.frames.push(frame);
                        continue;
                    }
                    self.close(node);
                }
                Visit::Pass => self.sink.at = node.end_byte(),
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return (self.sink.finish(), self.parts);
                }
                self.frames.pop();
                self.close(cursor.node());
            }
        }
    }

    /// Turns to the digest that the next statement of the module belongs in.
    fn begin_statement(&mut self, node: Node<'_>) {
        self.part = self.named.get_mut(self.statements).and_then(Option::take);
        self.statements += 1;
        self.last = None;
        if self.part.is_some() {
            self.sink.gap(node.start_byte());
            self.sink.at = node.start_byte();
            self.sink.in_part = true;
        }
    }

    /// Closes a node that was entered; its frame is gone already.
    fn close(&mut self, node: Node<'_>) {
        self.sink.close();
        if self.deep == Some(self.frames.len()) {
            self.deep = None;
            self.sink.is_deep = false;
        }
        if self.frames.len() == 1
            && let Some(Named { name, uses, deep_uses, order }) = self.part.take()
        {
            self.sink.gap(node.end_byte());
            self.sink.at = node.end_byte();
            let Seen { declared, inferred } = self.sink.finish_part();
            let placed = |seen| InterfaceHash(digest_of("staniel 2026 part in its place", &(seen, order)));
            let seen = Seen { declared: placed(declared), inferred: placed(inferred) };
            self.parts.push(Part { name, seen, uses, deep_uses });
            self.last = Some(name);
        }
    }

    fn visit(&mut self, node: Node<'_>) -> Visit {
        if node.is_extra() && !node.is_error() {
            let text = self.sink.text.get(node.byte_range()).unwrap_or("");
            if text.starts_with('#') && survey::annotates(text) {
                self.sink.comment(text, node.start_byte(), self.last);
            }
            return Visit::Pass;
        }
        let kind = if node.is_named() { node.kind() } else { "" };
        // A string is one token: its node shows neither all of its text nor anything that matters elsewhere.
        if kind == "string" || node.child_count() == 0 && !matches!(kind, "block" | "module") {
            // What parts the statements of a module is layout: it must not tell where one is missing.
            if self.frames.len() != 1 || node.kind() != ";" {
                self.sink.token(node);
            }
            return Visit::Pass;
        }
        match self.frames.last_mut() {
            Some(frame @ Frame::Beginning { .. }) => {
                let module = *frame == Frame::Beginning { module: true };
                *frame = Frame::Plain;
                if bodies::is_docstring(node, self.sink.text) {
                    if module {
                        self.sink.mark(Mark::ModuleDocstring);
                    }
                    return Visit::Pass;
                }
            }
            Some(Frame::Class) if kind == "block" => return Visit::Enter(Frame::Beginning { module: false }),
            Some(&mut Frame::Function(number)) if kind == "block" => {
                return self.visit_body(number, node);
            }
            _ => {}
        }
        Visit::Enter(match kind {
            "module" => Frame::Beginning { module: true },
            "class_definition" => Frame::Class,
            "function_definition" => {
                self.functions += 1;
                Frame::Function(self.functions - 1)
            }
            _ => Frame::Plain,
        })
    }

    fn visit_body(&mut self, number: usize, block: Node<'_>) -> Visit {
        let bodies = self.bodies;
        let kind = bodies.kind(number);
        let mark = match kind {
            BodyKind::Kept => return Visit::Enter(Frame::Beginning { module: false }),
            BodyKind::Stub => Mark::Stub,
            BodyKind::Erased => Mark::Body,
        };
        self.sink.mark(mark);
        for module in bodies.imports_in(block.byte_range()) {
            self.sink.bytes(Mark::Import, module.as_bytes());
        }
        if kind == BodyKind::Erased && !bodies.is_annotated(number) {
            self.deep = self.deep.or(Some(self.frames.len()));
            self.sink.is_deep = true;
            return Visit::Enter(Frame::Beginning { module: false });
        }
        self.functions = bodies.behind(number);
        Visit::Pass
    }
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
    /// A comment that annotates.
    Comment,
}

/// Encodes the streams, every entry so that it cannot be taken for another, and digests them.
struct Sink<'t> {
    text: &'t str,
    /// The byte up to which the text is accounted for.
    at: usize,
    /// Whether what comes belongs to a part that stands apart.
    in_part: bool,
    /// Whether only those see what comes who infer what functions return.
    is_deep: bool,
    rest: Streams,
    part: Streams,
}

/// What everybody sees; what is seen besides by those who infer, in the same order: the marks of bodies in the one say
/// where the pieces of the other belong.
struct Streams {
    declared: Stream,
    inferred: Stream,
}

struct Stream {
    /// How many marks it has so far.
    marks: u64,
    buffer: Vec<u8>,
    hasher: blake3::Hasher,
}

impl<'t> Sink<'t> {
    fn new(text: &'t str) -> Self {
        let hasher = blake3::Hasher::new_derive_key(CONTEXT);
        let stream = || Stream { marks: 0, buffer: Vec::new(), hasher: hasher.clone() };
        let streams = || Streams { declared: stream(), inferred: stream() };
        Self { text, at: 0, in_part: false, is_deep: false, rest: streams(), part: streams() }
    }

    fn open(&mut self, node: Node<'_>) {
        self.mark(Mark::Open);
        self.stream().buffer.extend(node.kind_id().to_le_bytes());
    }

    fn close(&mut self) {
        self.mark(Mark::Close);
    }

    fn token(&mut self, node: Node<'_>) {
        self.gap(node.start_byte());
        if node.is_named() {
            self.bytes(Mark::Spelled, self.text.get(node.byte_range()).unwrap_or("").as_bytes());
        } else {
            self.mark(Mark::Fixed);
        }
        self.stream().buffer.extend(node.kind_id().to_le_bytes());
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

    /// A comment that is read by those who infer; where it stands among what everybody reads, behind which part, and
    /// whether in a line of its own: there it annotates something else, or nothing.
    fn comment(&mut self, text: &str, start: usize, behind: Option<NameHash>) {
        let is_deep = std::mem::replace(&mut self.is_deep, true);
        let streams = if self.in_part { &self.part } else { &self.rest };
        let above = self.text.get(self.at..start).unwrap_or("");
        let has_own_line = self.at == 0 || above.contains(['\n', '\r']);
        let place = (streams.declared.marks, has_own_line, behind);
        self.bytes(Mark::Comment, &digest_of("staniel 2026 place of a comment", &place).0);
        self.bytes(Mark::Comment, text.as_bytes());
        self.is_deep = is_deep;
    }

    fn bytes(&mut self, mark: Mark, bytes: &[u8]) {
        self.mark(mark);
        let buffer = &mut self.stream().buffer;
        buffer.extend((bytes.len() as u64).to_le_bytes());
        buffer.extend(bytes);
    }

    fn mark(&mut self, mark: Mark) {
        let stream = self.stream();
        // The hasher is fast with much and slow with little at a time.
        if stream.buffer.len() >= 1 << 14 {
            stream.hasher.update(&stream.buffer);
            stream.buffer.clear();
        }
        stream.marks += 1;
        stream.buffer.push(mark as u8);
    }

    fn stream(&mut self) -> &mut Stream {
        let streams = if self.in_part { &mut self.part } else { &mut self.rest };
        if self.is_deep { &mut streams.inferred } else { &mut streams.declared }
    }

    fn finish_part(&mut self) -> Seen {
        self.in_part = false;
        self.part.take()
    }

    fn finish(mut self) -> Seen {
        self.gap(self.text.len());
        self.rest.take()
    }
}

impl Streams {
    /// Digests what came since the last time.
    fn take(&mut self) -> Seen {
        let declared = self.declared.take();
        self.inferred.buffer.extend(declared.0);
        Seen { declared: InterfaceHash(declared), inferred: InterfaceHash(self.inferred.take()) }
    }
}

impl Stream {
    fn take(&mut self) -> Digest {
        self.hasher.update(&self.buffer);
        let digest = Digest(*self.hasher.finalize().as_bytes());
        self.hasher.reset();
        self.buffer.clear();
        self.marks = 0;
        digest
    }
}
