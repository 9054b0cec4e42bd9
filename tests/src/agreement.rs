//! How far two providers agree about one project.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};

use serde::Deserialize;
use staniel_provider::{normal_form, widened_form};

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

/// Sites of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many there are.
    pub sites: usize,
    /// Those where the normal forms are equal, or both sides do not know.
    pub equal: usize,
    /// Those where at least the widened forms are, once both sides' type aliases stand for what they mean.
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
        let [one, two] = [mine, other].map(|line| aliases.expand(&form(line, widened_form)));
        if one == two {
            tally.agree += 1;
            continue;
        }
        let name = mine.symbol.rsplit('.').next().unwrap_or_default();
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
struct Aliases(BTreeMap<String, String>);

/// The aliases that hovers explain: `(type) Name = meaning`. A name that means different things in different places
/// is left alone.
fn aliases<'l>(lines: impl Iterator<Item = &'l HoverLine>) -> Aliases {
    let mut meanings: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in lines {
        let explained = line.text.as_deref().and_then(|text| text.strip_prefix("(type) ")?.split_once(" = "));
        if let Some((name, meaning)) = explained {
            let meaning = widened_form(meaning);
            if !words(&meaning).any(|word| word == name) {
                meanings.entry(name.to_owned()).or_default().insert(meaning);
            }
        }
    }
    meanings.retain(|_, meanings| meanings.len() == 1);
    Aliases(meanings.into_iter().map(|(name, meanings)| (name, meanings.into_iter().collect())).collect())
}

impl Aliases {
    /// The widened form of `text` with aliases in terms of what they mean. Aliases of aliases too, to a bound: they may go
    /// round in circles.
    fn expand(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for _ in 0..4 {
            let replaced =
                replace_words(&text, |word| self.0.get(word).map(|meaning| format!("({meaning})")));
            if replaced == text {
                break;
            }
            text = widened_form(&replaced);
        }
        text
    }
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
    while let Some(start) = rest.find(is_name) {
        let (before, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|c| !is_name(c)).unwrap_or(from.len()));
        replaced.push_str(before);
        match replacement(word) {
            // A parameter's name is no type.
            Some(other) if !after.starts_with(": ") => replaced.push_str(&other),
            _ => replaced.push_str(word),
        }
        rest = after;
    }
    replaced + rest
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
