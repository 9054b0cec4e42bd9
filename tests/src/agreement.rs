//! How far two providers agree about one project.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};

use serde::Deserialize;
use staniel_provider::{loose_form, normal_form};

/// A line of `staniel hovers`.
#[derive(Clone, Debug, Deserialize)]
pub struct HoverLine {
    path: String,
    symbol: String,
    kind: String,
    range: Range,
    #[serde(rename = "type")]
    text: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Range {
    start: Position,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    line: u32,
    character: u32,
}

impl HoverLine {
    /// The name that is defined.
    fn name(&self) -> &str {
        self.symbol.rsplit('.').next().unwrap_or_default()
    }
}

/// Sites of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many there are.
    pub sites: usize,
    /// Those where the normal forms are equal, or both sides do not know.
    pub equal: usize,
    /// Those where at least the loose forms are, once both sides' type aliases stand for what they mean.
    pub agree: usize,
}

impl Tally {
    /// Of a hundred sites.
    pub fn percent(&self) -> f64 {
        if self.sites == 0 { 100.0 } else { 100.0 * self.agree as f64 / self.sites as f64 }
    }
}

/// What two sides say instead of the same, at how many sites, and at which for example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    sites: usize,
    kind: String,
    left: String,
    right: String,
    example: String,
}

/// The outcome. Displayed, a table by kind of site, and the commonest disputes.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// By kind of definition.
    pub kinds: BTreeMap<String, Tally>,
    /// The commonest first.
    pub disputes: Vec<Dispute>,
    /// The two sides' names.
    sides: (String, String),
}

/// What the provider says where it says nothing.
const UNKNOWN: &str = "Unknown";

/// Compares what two providers say of the same definitions.
pub fn agreement(left: (&str, &[HoverLine]), right: (&str, &[HoverLine])) -> Agreement {
    let aliases = aliases(left.1.iter().chain(right.1));
    let theirs: BTreeMap<(&str, Range), &HoverLine> =
        right.1.iter().map(|line| ((line.path.as_str(), line.range), line)).collect();
    let mut kinds: BTreeMap<String, Tally> = BTreeMap::new();
    let mut disputes: BTreeMap<(String, String, String), (usize, String)> = BTreeMap::new();
    for mine in left.1 {
        let Some(other) = theirs.get(&(mine.path.as_str(), mine.range)) else { continue };
        let form = |line: &HoverLine, form: fn(&str) -> String| match line.text.as_deref() {
            Some(text) => form(text),
            None => UNKNOWN.to_owned(),
        };
        let tally = kinds.entry(mine.kind.clone()).or_default();
        tally.sites += 1;
        if form(mine, normal_form) == form(other, normal_form) {
            tally.equal += 1;
            tally.agree += 1;
            continue;
        }
        let [one, two] = [mine, other].map(|line| form(line, loose_form));
        let name = mine.name();
        let is_named = is_named_for_its_use(&one, &two, name);
        let [one, two] = [one, two].map(|text| aliases.expand(&text));
        if one == two || is_named {
            tally.agree += 1;
            continue;
        }
        let [one, two] = [one, two].map(|text| anonymous(&text, name));
        let example =
            || format!("{}:{}:{}", mine.path, mine.range.start.line + 1, mine.range.start.character + 1);
        disputes.entry((mine.kind.clone(), one, two)).or_insert_with(|| (0, example())).0 += 1;
    }
    let mut disputes: Vec<Dispute> = disputes
        .into_iter()
        .map(|((kind, left, right), (sites, example))| Dispute { sites, kind, left, right, example })
        .collect();
    disputes.sort_by_key(|dispute| Reverse(dispute.sites));
    Agreement { kinds, disputes, sides: (left.0.to_owned(), right.0.to_owned()) }
}

impl Agreement {
    /// All kinds together.
    pub fn total(&self) -> Tally {
        self.kinds.values().fold(Tally::default(), |sum, tally| Tally {
            sites: sum.sites + tally.sites,
            equal: sum.equal + tally.equal,
            agree: sum.agree + tally.agree,
        })
    }

    /// The outcome with no more than so many disputes.
    pub fn shortened(mut self, disputes: usize) -> Self {
        self.disputes.truncate(disputes);
        self
    }
}

impl Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| kind | sites | equal | agree | % |\n|---|---:|---:|---:|---:|")?;
        let row = |f: &mut fmt::Formatter<'_>, kind: &str, tally: &Tally| {
            let Tally { sites, equal, agree } = tally;
            writeln!(f, "| {kind} | {sites} | {equal} | {agree} | {:.1} |", tally.percent())
        };
        for (kind, tally) in &self.kinds {
            row(f, kind, tally)?;
        }
        row(f, "**all**", &self.total())?;
        if self.disputes.is_empty() {
            return Ok(());
        }
        let (left, right) = &self.sides;
        writeln!(f, "\n| sites | kind | {left} | {right} | for example |\n|---:|---|---|---|---|")?;
        for Dispute { sites, kind, left, right, example } in &self.disputes {
            let [left, right] = [left, right].map(|text| shown(text));
            writeln!(f, "| {sites} | {kind} | {left} | {right} | {example} |")?;
        }
        Ok(())
    }
}

/// A text as it fits into a cell of a table.
fn shown(text: &str) -> String {
    const LONGEST: usize = 90;
    let mut cut: String = text.chars().take(LONGEST).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    format!("`{}`", cut.replace('|', "\\|"))
}

/// Type aliases that one side shows by name and the other by meaning.
struct Aliases(BTreeMap<String, Alias>);

/// What an alias means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Alias {
    /// In loose form.
    meaning: String,
    /// The type variables in it, in the order in which it is given types.
    variables: Vec<String>,
}

/// The aliases that hovers explain: `(type) Name = meaning`. A name that means different things in different places
/// is left alone.
fn aliases<'l>(lines: impl Iterator<Item = &'l HoverLine> + Clone) -> Aliases {
    let is_variable = |line: &&HoverLine| matches!(line.text.as_deref(), Some("TypeVar" | "ParamSpec"));
    let variables: BTreeSet<&str> = lines.clone().filter(is_variable).map(HoverLine::name).collect();
    let mut meanings: BTreeMap<&str, BTreeSet<Alias>> = BTreeMap::new();
    for line in lines {
        let explained = line.text.as_deref().and_then(|text| text.strip_prefix("(type) ")?.split_once(" = "));
        let Some((name, text)) = explained else { continue };
        let mut given: Vec<String> = Vec::new();
        for word in words(text).filter(|word| variables.contains(word)) {
            if !given.iter().any(|known| known == word) {
                given.push(word.to_owned());
            }
        }
        let meaning = loose_form(text);
        if !words(&meaning).any(|word| word == name) {
            meanings.entry(name).or_default().insert(Alias { meaning, variables: given });
        }
    }
    let one = |(name, meanings): (&str, BTreeSet<Alias>)| {
        let mut meanings = meanings.into_iter();
        let alias = meanings.next()?;
        meanings.next().is_none().then(|| (name.to_owned(), alias))
    };
    Aliases(meanings.into_iter().filter_map(one).collect())
}

impl Aliases {
    /// The loose form of `text` with aliases in terms of what they mean. Aliases of aliases too, to a bound: they may go
    /// round in circles.
    fn expand(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for _ in 0..4 {
            let replaced = self.expand_once(&text);
            if replaced == text {
                break;
            }
            text = loose_form(&replaced);
        }
        text
    }

    fn expand_once(&self, text: &str) -> String {
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, word, after)) = next_word(rest) {
            expanded.push_str(before);
            rest = after;
            let Some(alias) = self.0.get(word).filter(|_| !is_parameter(after)) else {
                expanded.push_str(word);
                continue;
            };
            let mut given = Vec::new();
            if !alias.variables.is_empty()
                && let Some((inside, behind)) = bracketed(after)
            {
                given = inside;
                rest = behind;
            }
            let meaning = replace_words(&alias.meaning, |word| {
                let place = alias.variables.iter().position(|variable| variable == word)?;
                Some(given.get(place).map_or_else(|| UNKNOWN.to_owned(), |given| format!("({given})")))
            });
            expanded += &format!("({meaning})");
        }
        expanded + rest
    }
}

/// What stands between the brackets with which `text` begins, part by part, and what comes behind them.
fn bracketed(text: &str) -> Option<(Vec<&str>, &str)> {
    let inside = text.strip_prefix('[')?;
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, c) in inside.char_indices() {
        match c {
            '[' | '(' | '{' => depth += 1,
            ']' if depth == 0 => {
                parts.push(inside[start..at].trim());
                return Some((parts, &inside[at + 1..]));
            }
            ']' | ')' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(inside[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    None
}

/// Whether `right` is what pyright says of a type variable, or of a module, that goes by `name` here: it tells the name
/// instead of what it is.
fn is_named_for_its_use(left: &str, right: &str, name: &str) -> bool {
    let is = |kind: &str| right.strip_prefix(kind).is_some_and(|rest| rest == format!("[{name}]"));
    matches!(left, "TypeVar" | "ParamSpec" | "TypeVarTuple") && is("type")
        || left.starts_with("Module[") && is("Module")
}

/// A text in which the site's own name is not told, so that equal disputes are one.
fn anonymous(text: &str, name: &str) -> String {
    replace_words(text, |word| (word == name && !name.is_empty()).then(|| "NAME".to_owned()))
}

fn is_name(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_name(c)).filter(|word| !word.is_empty())
}

fn replace_words(text: &str, replacement: impl Fn(&str) -> Option<String>) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, word, after)) = next_word(rest) {
        replaced.push_str(before);
        match replacement(word).filter(|_| !is_parameter(after)) {
            Some(other) => replaced.push_str(&other),
            None => replaced.push_str(word),
        }
        rest = after;
    }
    replaced + rest
}

/// The first word of a text, with what stands before and behind it.
fn next_word(text: &str) -> Option<(&str, &str, &str)> {
    let (before, from) = text.split_at(text.find(is_name)?);
    let (word, after) = from.split_at(from.find(|c| !is_name(c)).unwrap_or(from.len()));
    Some((before, word, after))
}

/// Whether the word before this is the name of a parameter, and no type.
fn is_parameter(after: &str) -> bool {
    after.starts_with(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(place: u32, kind: &str, text: Option<&str>) -> HoverLine {
        HoverLine {
            path: "m.py".to_owned(),
            symbol: "m.name".to_owned(),
            kind: kind.to_owned(),
            range: Range { start: Position { line: place, character: 0 } },
            text: text.map(str::to_owned),
        }
    }

    #[test]
    fn aliases_literals_and_ignorance_are_no_disputes() {
        let left = [
            line(0, "variable", Some("Literal[1]")),
            line(1, "variable", None),
            line(2, "parameter", Some("str | Text")),
            line(3, "function", Some("def name(x: str | Text) -> None")),
            line(4, "variable", Some("name")),
            line(5, "variable", Some("only here")),
        ];
        let right = [
            line(0, "variable", Some("int")),
            line(1, "variable", Some("(variable) name: Unknown")),
            line(2, "parameter", Some("(parameter) x: TextType")),
            line(3, "function", Some("(function) def name(x: TextType) -> None")),
            line(4, "variable", Some("bytes")),
            line(6, "import", Some("(type) TextType = Text | str")),
        ];
        let outcome = agreement(("one", &left), ("two", &right));
        assert_eq!(outcome.total(), Tally { sites: 5, equal: 1, agree: 4 });
        assert_eq!(outcome.kinds["variable"], Tally { sites: 3, equal: 1, agree: 2 });
        let [dispute] = outcome.disputes.as_slice() else { panic!("{:?}", outcome.disputes) };
        assert_eq!((dispute.sites, &*dispute.left, &*dispute.right), (1, "NAME", "bytes"));
        assert_eq!(dispute.example, "m.py:5:1");
    }
}
